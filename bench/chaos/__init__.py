"""Faults on purpose: each case breaks a running installation and judges what its customers were
sent.
"""
