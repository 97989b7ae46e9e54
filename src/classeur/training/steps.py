"""One step of training on each of Keras' three backends: the same forward pass, loss and optimizer.

Keras' `train_on_batch` waits for the device after each step. Here a step returns its loss and its number of correct
answers as device values; only reading them waits.
"""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from classeur.models.engine import backend, load_keras, runs_on_gpu
from classeur.models.warping import mix_on_device, warp_on_device
from classeur.pipeline.batches import Batch
from classeur.training.optimizer import make_optimizer
from classeur.training.recipe import Optimisation, Phase

if TYPE_CHECKING:
    import keras

Inputs = dict[str, Any]  # pixels and targets; weights if images weigh; drawn parameters if the device warps or mixes

Found = tuple[Any, Any]  # mean loss over the batch, number of correct answers


class Outcome(NamedTuple):
    """The result of a step, on the device until it is read."""

    found: Found
    num_images: int

    def read(self) -> tuple[float, int]:
        """Wait for the device; return the mean loss and the number of correct answers."""
        to_numpy = load_keras().ops.convert_to_numpy
        loss, num_correct = self.found
        return float(to_numpy(loss)), int(to_numpy(num_correct))


class Steps(ABC):
    """A network with its optimizer, and a step of training and one of evaluation."""

    def __init__(self, network: "keras.Model", optimisation: Optimisation, *, steps_per_epoch: int) -> None:
        """Take a network and the settings of its training, and start the first phase.

        The loss is the cross-entropy of logits, as in the tutorial. Unlike the tutorial's `metrics=['accuracy']`, which
        compares the logit with 0.5 and so predicts a dog only from probability 0.62 on, the threshold is logit 0,
        probability 0.5. For a mixed image, the label with the larger weight counts as correct. Images that weigh more
        are learned from more, as by Keras' `class_weight`, but count as one in the loss and the correct answers that
        are returned, so that training can be compared with validation.

        Args:
            network: uncompiled, uint8 images → logits, (n, 1) for two classes, (n, classes) for more.
            optimisation: the recipe's settings.
            steps_per_epoch: for the length of a schedule.
        """
        self.network = network
        self._optimisation = optimisation
        self._steps_per_epoch = steps_per_epoch
        self._ops = load_keras().ops  # not fetched in compiled code: TensorFlow would trace that too
        self._num_units = network.outputs[0].shape[-1]
        self._layers = [layer for layer in network.layers if layer.trainable]
        self.begin(optimisation.phase(0))

    def begin(self, phase: Phase) -> None:
        """Start a phase: train its layers from now on, with a new optimizer."""
        self.settle()
        self.phase = phase
        head = next(layer for layer in reversed(self._layers) if layer.weights)
        for layer in self._layers:
            layer.trainable = phase == "whole" or layer is head
        self._trained = self.network.trainable_variables
        self._fixed = self.network.non_trainable_variables
        num_steps = self._optimisation.num_epochs(phase) * self._steps_per_epoch
        self.optimizer = make_optimizer(self._optimisation, num_steps=num_steps)
        self.optimizer.build(self._trained)
        self._compile()
        self.adopt()

    def end(self) -> None:
        """Settle, and make all layers trainable again, as they were given; no step may follow."""
        self.settle()
        for layer in self._layers:
            layer.trainable = True

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step; valid after `settle`."""
        return float(self._ops.convert_to_numpy(self.optimizer.learning_rate))

    @abstractmethod
    def train(self, batch: Batch) -> Outcome:
        """Take one step of the optimizer."""

    @abstractmethod
    def judge(self, batch: Batch) -> Outcome:
        """Evaluate a batch without learning from it."""

    def settle(self) -> None:  # noqa: B027 (most backends change the variables themselves)
        """Write the training state to the variables of the network and the optimizer."""

    def adopt(self) -> None:  # noqa: B027
        """Read the training state from the variables of the network and the optimizer."""

    def _compile(self) -> None:  # noqa: B027
        """Discard what was compiled for another phase."""

    def _inputs(self, batch: Batch) -> Inputs:
        targets, weights = self._targets(batch.labels), batch.weights
        if batch.mixing:
            shares = batch.mixing.shares
            if weights is not None and batch.mixing.weights is not None:
                # Each label with its own weight: their sum is the mixture's, their shares of it are its targets.
                own = shares * weights
                weights = own + (1 - shares) * batch.mixing.weights
                shares = own / weights
            shares = shares.astype(np.float32)[:, None]
            targets = shares * targets + (1 - shares) * self._targets(batch.mixing.labels)
        inputs = {"pixels": batch.pixels, "targets": targets}
        if weights is not None:
            inputs["weights"] = weights.astype(np.float32)
        if batch.draws:
            inputs["matrices"] = batch.draws.matrices.astype(np.float32)
            inputs["colours"] = batch.draws.colours.astype(np.float32)
            inputs["boxes"] = batch.draws.boxes.astype(np.int32)
            if batch.mixing:
                inputs["shares"] = batch.mixing.shares.astype(np.float32)
        return inputs

    def _targets(self, labels: np.ndarray) -> np.ndarray:
        """Return labels as probabilities, float32: of the second of two classes (n, 1), or of all (n, classes)."""
        if self._num_units == 1:
            return labels.astype(np.float32)[:, None]
        targets: np.ndarray = np.eye(self._num_units, dtype=np.float32)[labels]
        return targets

    def _pictures(self, inputs: Inputs) -> Any:
        if "matrices" not in inputs:
            return inputs["pixels"]
        drawn = {name: inputs[name] for name in ("matrices", "colours", "boxes")}
        pictures = warp_on_device(self._ops, inputs["pixels"], **drawn)
        return mix_on_device(self._ops, pictures, inputs["shares"]) if "shares" in inputs else pictures

    def _found(self, logits: Any, inputs: Inputs) -> tuple[Any, Found]:
        """Return the loss to minimise, and the mean loss with the number of correct logits."""
        ops, targets = self._ops, inputs["targets"]
        logits = ops.cast(logits, "float32")
        if self._num_units == 1:
            losses = ops.binary_crossentropy(targets, logits, from_logits=True)
            right = ops.equal(logits > 0, targets > 0.5)
        else:
            losses = ops.categorical_crossentropy(targets, logits, from_logits=True)
            right = ops.equal(ops.argmax(logits, axis=-1), ops.argmax(targets, axis=-1))
        loss = mean = ops.mean(losses)
        if "weights" in inputs:
            loss = ops.mean(ops.reshape(losses, (-1,)) * inputs["weights"])
        return loss, (mean, ops.sum(ops.cast(right, "int32")))


def make_steps(network: "keras.Model", optimisation: Optimisation, *, steps_per_epoch: int) -> Steps:
    """Return the steps of the backend in use; arguments as for `Steps`."""
    kinds: dict[str, type[Steps]] = {"tensorflow": _TensorFlowSteps, "jax": _JaxSteps, "torch": _TorchSteps}
    return kinds[backend()](network, optimisation, steps_per_epoch=steps_per_epoch)


class _TensorFlowSteps(Steps):
    """One `tf.function` per kind of step, traced once for batches of any size."""

    def _compile(self) -> None:
        self._compiled: dict[tuple[bool, tuple[str, ...]], Any] = {}

    def train(self, batch: Batch) -> Outcome:
        return self._run(batch, training=True)

    def judge(self, batch: Batch) -> Outcome:
        return self._run(batch, training=False)

    def _run(self, batch: Batch, *, training: bool) -> Outcome:
        import tensorflow as tf

        inputs = self._inputs(batch)
        key = training, tuple(inputs)
        if key not in self._compiled:
            signature = {name: tf.TensorSpec((None, *array.shape[1:]), array.dtype) for name, array in inputs.items()}
            self._compiled[key] = tf.function(
                self._train if training else self._judge,
                input_signature=[signature],
                autograph=False,  # it has no Python loops, and AutoGraph's warnings would show the whole environment
                jit_compile=runs_on_gpu(),  # on a CPU, XLA's convolutions are many times slower than oneDNN's
            )
        return Outcome(self._compiled[key](inputs), len(batch.labels))

    def _train(self, inputs: Inputs) -> Found:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss, found = self._found(self.network(self._pictures(inputs), training=True), inputs)
        gradients = tape.gradient(loss, [variable.value for variable in self._trained])
        self.optimizer.apply(gradients, self._trained)
        return found

    def _judge(self, inputs: Inputs) -> Found:
        return self._found(self.network(self._pictures(inputs), training=False), inputs)[1]


class _JaxSteps(Steps):
    """Pure functions of the state, which stays on the device until `settle`."""

    _state: tuple[list[Any], ...] = ()

    def _compile(self) -> None:
        import jax

        self._train, self._judge = jax.jit(self._trained_step), jax.jit(self._judged)

    def settle(self) -> None:
        for variables, values in zip(self._variables(), self._state, strict=True) if self._state else ():
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
        return self._trained, self._fixed, self.optimizer.variables

    def _trained_step(self, state: tuple[list[Any], ...], inputs: Inputs) -> tuple[tuple[list[Any], ...], Found]:
        import jax

        def loss_of(trained: list[Any], fixed: list[Any]) -> tuple[Any, tuple[list[Any], Found]]:
            logits, fixed = self.network.stateless_call(trained, fixed, self._pictures(inputs), training=True)
            loss, found = self._found(logits, inputs)
            return loss, (fixed, found)

        trained, fixed, optimizer = state
        (_, (fixed, found)), gradients = jax.value_and_grad(loss_of, has_aux=True)(trained, fixed)
        trained, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trained)
        return (trained, fixed, optimizer), found

    def _judged(self, state: tuple[list[Any], ...], inputs: Inputs) -> Found:
        trained, fixed, _ = state
        logits, _ = self.network.stateless_call(trained, fixed, self._pictures(inputs), training=False)
        return self._found(logits, inputs)[1]


class _TorchSteps(Steps):
    """Eager steps."""

    def train(self, batch: Batch) -> Outcome:
        import torch

        inputs = self._tensors(batch)
        self.network.zero_grad()
        loss, (mean, num_correct) = self._found(self.network(self._pictures(inputs), training=True), inputs)
        loss.backward()
        with torch.no_grad():
            self.optimizer.apply([variable.value.grad for variable in self._trained], self._trained)
        return Outcome((mean.detach(), num_correct), len(batch.labels))

    def judge(self, batch: Batch) -> Outcome:
        import torch

        inputs = self._tensors(batch)
        with torch.no_grad():
            found = self._found(self.network(self._pictures(inputs), training=False), inputs)[1]
        return Outcome(found, len(batch.labels))

    def _tensors(self, batch: Batch) -> Inputs:
        convert = self._ops.convert_to_tensor
        return {name: convert(array) for name, array in self._inputs(batch).items()}
