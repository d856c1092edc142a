"""The rules of a training run: config, game (classic or relativistic), gradient penalty
and latents.
"""
