"""The doctor: examines a server and its machine, and says what is wrong and how to fix it.

A check is a function of a `Server` that yields `Finding`s; one file a subject. To add one, write it
into a file of its subject and name it in examination.py. Checks change nothing, and work with a
running server and without one.
"""
