"""What the integration tests are made of: stores, gates before them, servers, HTTP clients, and the Story base class."""

from support.client import Client
from support.gate import Gate
from support.load import Load
from support.polling import eventually
from support.server import Server
from support.story import Story, main

__all__ = ["Client", "Gate", "Load", "Server", "Story", "eventually", "main"]
