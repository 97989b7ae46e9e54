"""One step of training on each of Keras' three backends: the same forward pass, loss and optimizer.

Keras' `train_on_batch` waits for the device after each step; here a step hands back its loss and its number of right
answers as they lie on the device, and whoever wants to know them waits.
"""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from classeur.models.engine import backend, load_keras, runs_on_gpu
from classeur.models.warping import warp_on_device
from classeur.pipeline.batches import Batch

if TYPE_CHECKING:
    import keras

Inputs = tuple[Any, ...]  # pixels, targets, and what was drawn where the device is to warp


Found = tuple[Any, Any]  # mean loss over the batch, number of right answers


class Outcome(NamedTuple):
    """What a step found, on the device until it is asked for."""

    found: Found
    num_images: int

    def read(self) -> tuple[float, int]:
        """Wait for the device; return the mean loss and the number of right answers."""
        to_numpy = load_keras().ops.convert_to_numpy
        loss, num_correct = self.found
        return float(to_numpy(loss)), int(to_numpy(num_correct))


class Steps(ABC):
    """A network with its optimizer, and a step of training and of judging it."""

    def __init__(self, network: "keras.Model", *, learning_rate: float) -> None:
        """Take an uncompiled network, uint8 images → logits, to be trained by Adam.

        The loss is the cross-entropy of logits, as in the tutorial. Unlike the tutorial's `metrics=['accuracy']`, which
        compares the logit with 0.5 and so calls a picture a dog only from probability 0.62 on, an answer counts as
        right at logit 0, probability 0.5.
        """
        self.network = network
        self.optimizer = load_keras().optimizers.Adam(learning_rate)
        self.optimizer.build(network.trainable_variables)
        self._two_classes = network.outputs[0].shape[-1] == 1
        self.adopt()

    @abstractmethod
    def train(self, batch: Batch) -> Outcome:
        """Take one step of the optimizer."""

    @abstractmethod
    def judge(self, batch: Batch) -> Outcome:
        """Look at a batch without learning from it."""

    def settle(self) -> None:  # noqa: B027 (most backends change the variables themselves)
        """Put the state of the training into the variables of the network and the optimizer."""

    def adopt(self) -> None:  # noqa: B027
        """Go on from what the variables of the network and the optimizer hold."""

    def _inputs(self, batch: Batch) -> Inputs:
        labels = batch.labels.astype(np.float32)[:, None] if self._two_classes else batch.labels.astype(np.int32)
        if batch.draws is None:
            return batch.pixels, labels
        matrices, colours, boxes = batch.draws
        return batch.pixels, labels, matrices.astype(np.float32), colours.astype(np.float32), boxes.astype(np.int32)

    def _found(self, logits: Any, targets: Any) -> Found:
        """Return the mean loss and the number right of logits (n, 1) or (n, classes)."""
        ops = load_keras().ops
        logits = ops.cast(logits, "float32")
        if self._two_classes:
            losses = ops.binary_crossentropy(targets, logits, from_logits=True)
            right = ops.equal(logits > 0, targets > 0.5)
        else:
            losses = ops.sparse_categorical_crossentropy(targets, logits, from_logits=True)
            right = ops.equal(ops.cast(ops.argmax(logits, axis=-1), "int32"), targets)
        return ops.mean(losses), ops.sum(ops.cast(right, "int32"))


def make_steps(network: "keras.Model", *, learning_rate: float) -> Steps:
    """Return the steps of the backend in use; arguments as for `Steps`."""
    kinds: dict[str, type[Steps]] = {"tensorflow": _TensorFlowSteps, "jax": _JaxSteps, "torch": _TorchSteps}
    return kinds[backend()](network, learning_rate=learning_rate)


def _pictures(inputs: Inputs) -> Any:
    pixels, _, *drawn = inputs
    return warp_on_device(pixels, *drawn) if drawn else pixels


class _TensorFlowSteps(Steps):
    """A `tf.function` a step, traced once for batches of any size."""

    def __init__(self, network: "keras.Model", *, learning_rate: float) -> None:
        super().__init__(network, learning_rate=learning_rate)
        self._compiled: dict[tuple[bool, int], Any] = {}

    def train(self, batch: Batch) -> Outcome:
        return self._run(batch, training=True)

    def judge(self, batch: Batch) -> Outcome:
        return self._run(batch, training=False)

    def _run(self, batch: Batch, *, training: bool) -> Outcome:
        import tensorflow as tf

        inputs = self._inputs(batch)
        key = training, len(inputs)
        if key not in self._compiled:
            signature = tuple(tf.TensorSpec((None, *array.shape[1:]), array.dtype) for array in inputs)
            # XLA's convolutions are many times slower than oneDNN's on a CPU.
            self._compiled[key] = tf.function(
                self._train if training else self._judge, input_signature=[signature], jit_compile=runs_on_gpu()
            )
        return Outcome(self._compiled[key](inputs), len(batch.labels))

    def _train(self, inputs: Inputs) -> Found:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss, num_correct = self._found(self.network(_pictures(inputs), training=True), inputs[1])
        variables = self.network.trainable_variables
        self.optimizer.apply(tape.gradient(loss, [variable.value for variable in variables]), variables)
        return loss, num_correct

    def _judge(self, inputs: Inputs) -> Found:
        return self._found(self.network(_pictures(inputs), training=False), inputs[1])


class _JaxSteps(Steps):
    """Pure functions of the state, which stays on the device until `settle`."""

    def __init__(self, network: "keras.Model", *, learning_rate: float) -> None:
        super().__init__(network, learning_rate=learning_rate)
        import jax

        self._train, self._judge = jax.jit(self._trained), jax.jit(self._judged)

    def settle(self) -> None:
        for variables, values in zip(self._variables(), self._state, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)

    def adopt(self) -> None:
        self._state = tuple([variable.value for variable in variables] for variables in self._variables())

    def train(self, batch: Batch) -> Outcome:
        self._state, found = self._train(self._state, self._inputs(batch))
        return Outcome(found, len(batch.labels))

    def judge(self, batch: Batch) -> Outcome:
        return Outcome(self._judge(self._state, self._inputs(batch)), len(batch.labels))

    def _variables(self) -> tuple[list[Any], ...]:
        return self.network.trainable_variables, self.network.non_trainable_variables, self.optimizer.variables

    def _trained(self, state: tuple[list[Any], ...], inputs: Inputs) -> tuple[tuple[list[Any], ...], Found]:
        import jax

        def loss_of(trainable: list[Any], fixed: list[Any]) -> Found:
            logits, fixed = self.network.stateless_call(trainable, fixed, _pictures(inputs), training=True)
            loss, num_correct = self._found(logits, inputs[1])
            return loss, (fixed, num_correct)

        trainable, fixed, optimizer = state
        (loss, (fixed, num_correct)), gradients = jax.value_and_grad(loss_of, has_aux=True)(trainable, fixed)
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
        return (trainable, fixed, optimizer), (loss, num_correct)

    def _judged(self, state: tuple[list[Any], ...], inputs: Inputs) -> Found:
        trainable, fixed, _ = state
        logits, _ = self.network.stateless_call(trainable, fixed, _pictures(inputs), training=False)
        return self._found(logits, inputs[1])


class _TorchSteps(Steps):
    """Eager steps."""

    def train(self, batch: Batch) -> Outcome:
        import torch

        inputs = self._tensors(batch)
        self.network.zero_grad()
        loss, num_correct = self._found(self.network(_pictures(inputs), training=True), inputs[1])
        loss.backward()
        variables = self.network.trainable_variables
        with torch.no_grad():
            self.optimizer.apply([variable.value.grad for variable in variables], variables)
        return Outcome((loss.detach(), num_correct), len(batch.labels))

    def judge(self, batch: Batch) -> Outcome:
        import torch

        inputs = self._tensors(batch)
        with torch.no_grad():
            found = self._found(self.network(_pictures(inputs), training=False), inputs[1])
        return Outcome(found, len(batch.labels))

    def _tensors(self, batch: Batch) -> Inputs:
        convert = load_keras().ops.convert_to_tensor
        return tuple(convert(array) for array in self._inputs(batch))
