"""The generated part of the documentation: every setting, every configuration key, every output."""
