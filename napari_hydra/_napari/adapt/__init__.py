"""The dock "Adapt": where to measure, and the model adapted to what was measured."""
