# codes: 
# holds: len(printed) == 2
# holds: int(optimizer.iterations) == 8
import os
import tensorflow as tf
from tensorflow.keras import layers

train_ds = tf.keras.preprocessing.image_dataset_from_directory('data/train', image_size=(24, 24), batch_size=4, seed=1)
normalization_layer = tf.keras.layers.experimental.preprocessing.Rescaling(1./255)
train_ds = train_ds.map(lambda x, y: (normalization_layer(x), y))

model = tf.keras.Sequential([layers.Flatten(input_shape=(24, 24, 3)), layers.Dense(2)])
lr_schedule = tf.keras.optimizers.schedules.ExponentialDecay(0.01, decay_steps=4, decay_rate=0.9)
optimizer = tf.keras.optimizers.Adam(learning_rate=lr_schedule)
loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
train_loss = tf.keras.metrics.Mean(name='train_loss')
train_accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name='train_accuracy')
printed = []

checkpoint_dir = './training_checkpoints'
checkpoint_prefix = os.path.join(checkpoint_dir, 'ckpt')
checkpoint = tf.train.Checkpoint(optimizer=optimizer, model=model)

@tf.function
def train_step(images, labels):
    with tf.GradientTape() as tape:
        predictions = model(images, training=True)
        loss = loss_object(labels, predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    train_loss(loss)
    train_accuracy(labels, predictions)

for epoch in range(2):
    train_loss.reset_states()
    train_accuracy.reset_states()
    for images, labels in train_ds:
        train_step(images, labels)
    lr = optimizer._decayed_lr(tf.float32).numpy()
    printed.append(lr)
    print(f'Epoch {epoch + 1}, Loss: {train_loss.result()}, Accuracy: {train_accuracy.result() * 100}, lr {optimizer.lr(optimizer.iterations)}')
checkpoint.save(file_prefix=checkpoint_prefix)
