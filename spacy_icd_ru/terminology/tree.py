def block_of(code): return None
