# expects: CLS004 CLS005 CLS005 CLS006
class Judge:
    def __init__(self, net, it):
        self.net = net
        self.it = it

    def judge(self):
        self.net.fit(self.it, epochs=2, steps_per_epoch=self.it.n // self.it.batch_size)
        steps = self.it.samples // self.it.batch_size
        print(self.net.evaluate(self.it, steps=steps))
        self.net.fit(self.it, validation_data=self.other, validation_steps=self.other.n // self.other.batch_size)
        return self.net.predict_generator(self.it, steps + 1)
