"""The basis of gan: errors, labels of images, parameters, and the package's folders."""
