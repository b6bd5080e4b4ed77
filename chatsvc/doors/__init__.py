"""The doors: a file or a folder for each way in."""
