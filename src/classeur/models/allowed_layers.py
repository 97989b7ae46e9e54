"""What a saved network may be made of, as `module/class`, each with the settings that it is saved with.

Written by docs/write_allowed_layers.py from the networks that classeur trains and those of keras.applications.
"""

ALLOWED: dict[str, str] = {
    "keras.initializers/Constant": "value",
    "keras.initializers/GlorotUniform": "input_axes output_axes seed",
    "keras.initializers/HeNormal": "input_axes output_axes seed",
    "keras.initializers/Ones": "",
    "keras.initializers/VarianceScaling": "distribution input_axes mode output_axes scale seed",
    "keras.initializers/Zeros": "",
    "keras.layers/Activation": "activation dtype name trainable",
    "keras.layers/Add": "dtype name trainable",
    "keras.layers/AveragePooling2D": "data_format dtype name padding pool_size strides trainable",
    "keras.layers/BatchNormalization": (
        "axis beta_constraint beta_initializer beta_regularizer center dtype epsilon gamma_constraint "
        "gamma_initializer gamma_regularizer momentum moving_mean_initializer moving_variance_initializer name "
        "renorm renorm_clipping renorm_momentum scale synchronized trainable"
    ),
    "keras.layers/Concatenate": "axis dtype name trainable",
    "keras.layers/Conv2D": (
        "activation activity_regularizer bias_constraint bias_initializer bias_regularizer data_format "
        "dilation_rate dtype filters groups kernel_constraint kernel_initializer kernel_regularizer kernel_size "
        "name padding strides trainable use_bias"
    ),
    "keras.layers/Cropping2D": "cropping data_format dtype name trainable",
    "keras.layers/Dense": (
        "activation bias_constraint bias_initializer bias_regularizer dtype kernel_constraint kernel_initializer "
        "kernel_regularizer name quantization_config trainable units use_bias"
    ),
    "keras.layers/DepthwiseConv2D": (
        "activation activity_regularizer bias_constraint bias_initializer bias_regularizer data_format "
        "depth_multiplier depthwise_constraint depthwise_initializer depthwise_regularizer dilation_rate dtype "
        "kernel_size name padding strides trainable use_bias"
    ),
    "keras.layers/Dropout": "dtype name noise_shape rate seed trainable",
    "keras.layers/Flatten": "data_format dtype name trainable",
    "keras.layers/GlobalAveragePooling2D": "data_format dtype keepdims name trainable",
    "keras.layers/InputLayer": "batch_shape dtype name optional ragged sparse",
    "keras.layers/LayerNormalization": (
        "axis beta_constraint beta_initializer beta_regularizer center dtype epsilon gamma_constraint "
        "gamma_initializer gamma_regularizer name rms_scaling scale trainable"
    ),
    "keras.layers/MaxPooling2D": "data_format dtype name padding pool_size strides trainable",
    "keras.layers/Multiply": "dtype name trainable",
    "keras.layers/Normalization": "axis dtype invert mean name trainable variance",
    "keras.layers/ReLU": "dtype max_value name negative_slope threshold trainable",
    "keras.layers/Rescaling": "dtype name offset scale trainable",
    "keras.layers/Reshape": "dtype name target_shape trainable",
    "keras.layers/SeparableConv2D": (
        "activation activity_regularizer bias_constraint bias_initializer bias_regularizer data_format "
        "depth_multiplier depthwise_constraint depthwise_initializer depthwise_regularizer dilation_rate dtype "
        "filters kernel_size name padding pointwise_constraint pointwise_initializer pointwise_regularizer strides "
        "trainable use_bias"
    ),
    "keras.layers/Softmax": "axis dtype name trainable",
    "keras.layers/UnitNormalization": "axis dtype name trainable",
    "keras.layers/ZeroPadding1D": "data_format dtype name padding trainable",
    "keras.layers/ZeroPadding2D": "data_format dtype name padding trainable",
    "keras.src.applications.convnext/LayerScale": "dtype init_values name projection_dim trainable",
    "keras.src.applications.inception_resnet_v2/CustomScaleLayer": "dtype name scale trainable",
    "keras.src.models.functional/Functional": "input_layers layers name output_layers trainable",
    "keras.src.ops.numpy/Add": "name",
    "keras.src.ops.numpy/Multiply": "name",
    "keras/DTypePolicy": "name",
    "keras/Sequential": "build_input_shape dtype layers name trainable",
}
