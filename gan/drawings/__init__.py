"""Trained networks: load them, draw, finish the grey values, and recognize the digit in
a drawing.
"""
