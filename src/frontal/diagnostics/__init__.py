"""Looks, never touches: results as dataclasses, each with the numbers beside the picture."""
