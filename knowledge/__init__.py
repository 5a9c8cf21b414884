"""What the office knows: data first, Python second. This package imports nobody else in the house."""
