"""Responses are written at the end of an iteration of the event loop, and no order of bytes depends on it."""

import asyncio
import contextlib

import pytest

from gemini_clearing_mock.server._batched_writes import BatchedTransport

from .test_direct_responses import HEAD, raw_request, response
from .test_server_limits import on_server, running_server


class RecordingTransport(asyncio.Transport):
    """A transport that records its calls."""

    def __init__(self):
        super().__init__({"peername": "the client"})
        self.calls = []

    def write(self, data):
        """Record the data."""
        self.calls.append(data)

    def close(self):
        """Record the call."""
        self.calls.append("close")

    def abort(self):
        """Record the call."""
        self.calls.append("abort")

    def is_closing(self):
        """Return whether the connection was closed."""
        return bool({"close", "abort"} & set(self.calls))


def calls(talk):
    """Run `talk` with a transport; return the calls before the end of its iteration, and all."""
    recorder = RecordingTransport()

    async def run():
        talk(BatchedTransport(recorder, asyncio.get_running_loop()))
        at_once = list(recorder.calls)
        await asyncio.sleep(0)
        return at_once, recorder.calls

    return asyncio.run(run())


def test_data_of_an_iteration_is_one_write():
    """Nothing is written before the end of the iteration, and then everything, in its order."""

    def talk(transport):
        transport.write(b"1")
        transport.write(b"2")

    assert calls(talk) == ([], [b"12"])


def test_next_iteration_writes_again():
    """Data that follows in another iteration is written too."""
    recorder = RecordingTransport()

    async def run():
        transport = BatchedTransport(recorder, asyncio.get_running_loop())
        for data in (b"1", b"2"):
            transport.write(data)
            await asyncio.sleep(0)

    asyncio.run(run())

    assert recorder.calls == [b"1", b"2"]


def test_much_data_is_written_immediately():
    """Data above 64 KiB is not kept until the end of the iteration."""
    much = bytes(100_000)

    def talk(transport):
        transport.write(b"1")
        transport.write(much)
        transport.write(b"2")

    assert calls(talk) == ([b"1" + much], [b"1" + much, b"2"])


def test_connection_is_closed_after_its_data():
    """Data that was written before `close` is sent; data after it is not."""

    def talk(transport):
        transport.write(b"1")
        transport.close()
        transport.write(b"2")

    assert calls(talk) == ([b"1", "close"], [b"1", "close"])


def test_connection_is_broken_after_its_data():
    """An earlier response is written before the connection is broken."""

    def talk(transport):
        transport.write(b"1")
        transport.abort()

    assert calls(talk) == ([b"1", "abort"], [b"1", "abort"])


def test_everything_else_is_the_transports():
    """The socket, the addresses and the state are those of the transport itself."""
    transport = BatchedTransport(RecordingTransport(), None)

    assert transport.get_extra_info("peername") == "the client"
    assert not transport.is_closing()


def test_requests_of_an_iteration_are_handled_before_their_responses(exchange, desks, monkeypatch):
    """With two connections, both requests of an iteration are handled before the first response is written."""
    events = []
    write, handle = BatchedTransport._flush, exchange.handle

    def recording(name, function):
        def record(*arguments):
            events.append(name)
            return function(*arguments)

        return record

    monkeypatch.setattr(BatchedTransport, "_flush", recording("write", write))
    monkeypatch.setattr(exchange, "handle", recording("handle", handle))

    async def talk():
        async with running_server(exchange, 10) as (server, reader, writer):
            port = server.servers[0].sockets[0].getsockname()[1]
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.sleep(0.1)
            writer.write(raw_request(desks["initiator"].request("/v1/heartbeat")))
            other_writer.write(raw_request(desks["counterparty"].request("/v1/heartbeat")))
            await response(reader)
            await response(other_reader)
            other_writer.close()
            return list(events)

    assert asyncio.run(talk()) == ["handle", "handle", "write", "write"]


def test_response_precedes_the_reply_to_an_invalid_request(exchange):
    """A request that is followed by invalid bytes gets its response before the bytes get theirs."""

    async def talk(reader, writer):
        writer.write(HEAD + b"content-length: 0\r\n\r\n" + b"\0\r\n\r\n")
        return await response(reader), await reader.read()

    (head, body), rest = on_server(exchange, talk)

    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"MissingSecurityHeaders" in body
    assert rest.endswith(b"Invalid HTTP request received.")


@pytest.mark.parametrize("fault", ["truncated", "reset_before"])
def test_response_precedes_a_broken_connection(exchange, desks, fault):
    """A pipelined request whose connection a fault breaks does not cost the response before it."""
    desk = desks["initiator"]
    exchange.faults.add(fault, "list_orders")

    async def talk(reader, writer):
        writer.write(b"".join(raw_request(desk.request(path)) for path in ("/v1/heartbeat", "/v1/clearing/list")))
        with contextlib.suppress(ConnectionError):
            return await response(reader)
        return None

    head, body = on_server(exchange, talk)

    assert head.startswith(b"HTTP/1.1 200 ")
    assert body == b'{"result":"ok"}'
