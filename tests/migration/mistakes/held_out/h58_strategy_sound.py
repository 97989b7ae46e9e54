import tensorflow as tf

strategy = tf.distribute.MirroredStrategy()
tf.random.set_seed(0)
B = 32 * strategy.num_replicas_in_sync
ds = tf.keras.utils.image_dataset_from_directory('z', image_size=(64, 64), batch_size=B)
with strategy.scope():
    net = tf.keras.Sequential([
        tf.keras.layers.Rescaling(1/255), tf.keras.layers.Flatten(), tf.keras.layers.Dense(7, activation='softmax')])
    net.compile(loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=False), optimizer='adam')
net.fit(ds.repeat(), steps_per_epoch=len(ds), epochs=3)
