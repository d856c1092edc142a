"""The rules of a training run: config, game, gradient penalty and latents."""
