"""
The exchange as a server: its options, uvicorn, and worker processes.
"""
