"""Bytes to text (`encoding`), text repaired (`repair`, `evidence`), and the names of languages (`languages`).

Text here is a `str` of any length; its lines are split elsewhere. Nothing in this room knows HTML, rules or the
judge, except that the bytes of HTML pages are decoded by the charset they declare.
"""
