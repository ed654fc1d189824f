"""
The exchange on a socket: options, uvicorn and worker processes.
"""
