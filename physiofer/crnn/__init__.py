"""The multi-task convolutional-recurrent network of Ji & Dong (2024), emotion and heart rate from face sequences, without PyTorch."""
