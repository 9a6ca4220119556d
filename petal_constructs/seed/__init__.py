"""What the user wrote: the seed language as frozen models, and the loader that reads it."""
