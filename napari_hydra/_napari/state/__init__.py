"""The evented state of one window, and the steps that change it."""
