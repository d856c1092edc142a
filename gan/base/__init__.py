"""What all of gan builds on: errors, labels of images, parameters, and the folders of the
package's files.
"""
