"""What a training run does: its configuration, its game (classic or relativistic), gradient penalty and latents."""
