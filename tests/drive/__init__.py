"""Drives the installed program from outside, as a person does: a real window, a mouse and a keyboard."""
