from loaders import get_loaders, count
from keras.models import load_model
from keras.callbacks import EarlyStopping

train_loader, test_loader = get_loaders('x')
net = load_model('n.h5')
steps = count(train_loader) // 32
net.fit(train_loader, steps_per_epoch=steps, callbacks=[EarlyStopping('val_loss')])
print(net.evaluate(test_loader, steps=test_loader.n // test_loader.batch_size + bool(test_loader.n % test_loader.batch_size)))
