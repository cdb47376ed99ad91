"""The CPU writer: LLVM IR with explicit vectors, its object code, and the threads that run it."""
