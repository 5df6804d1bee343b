"""Coding of files and archives: readers, writers, and runs that survive being killed."""
