"""Pins and regions as one folder of files."""
