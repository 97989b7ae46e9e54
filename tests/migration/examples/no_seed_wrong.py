# expects: CLS019
from keras.preprocessing.image import ImageDataGenerator


def main():
    train = ImageDataGenerator(rescale=1 / 255).flow_from_directory("d/train")
    net = build()
    net.fit(train)


if __name__ == "__main__":
    main()
