"""A network switch that delays packets: delayed_switch.py MILLISECONDS INTERFACE...
With `--offload-off INTERFACE` it only makes an interface send whole packets with checksums, as a switch needs them.
Netem does this in the kernel, and many kernels are built without it."""
import ctypes, fcntl, heapq, selectors, socket, struct, sys, time

SIOCETHTOOL = 0x8946
SET_TX_CHECKSUMS, SET_TSO, SET_GSO, SET_GRO = 0x17, 0x1F, 0x24, 0x2C
ALL_PROTOCOLS, OUTGOING = 0x0003, 4


def offload_off(interface):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for command in (SET_TX_CHECKSUMS, SET_TSO, SET_GSO, SET_GRO):
            value = ctypes.create_string_buffer(struct.pack('II', command, 0))
            request = struct.pack('16sP8x', interface.encode(), ctypes.addressof(value))
            try:
                fcntl.ioctl(s, SIOCETHTOOL, request)
            except OSError:
                pass  # this one cannot be changed, or is off with the others


def relay(delay, interfaces):
    selector = selectors.DefaultSelector()
    ports = []
    for name in interfaces:
        port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
        port.bind((name, 0))
        port.setblocking(False)
        port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        ports.append(port)
        selector.register(port, selectors.EVENT_READ)
    print('ready', flush=True)
    waiting, count = [], 0
    while True:
        timeout = max(waiting[0][0] - time.monotonic(), 0) if waiting else None
        for key, _ in selector.select(timeout):
            while True:
                try:
                    frame, address = key.fileobj.recvfrom(65535)
                except OSError:
                    break
                if address[2] != OUTGOING:
                    count += 1
                    heapq.heappush(waiting, (time.monotonic() + delay, count, key.fileobj, frame))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, source, frame = heapq.heappop(waiting)
            for port in ports:
                if port is not source:
                    try:
                        port.send(frame)
                    except OSError:
                        pass  # as a switch whose queue is full


if sys.argv[1] == '--offload-off':
    offload_off(sys.argv[2])
else:
    relay(int(sys.argv[1]) / 1000, sys.argv[2:])
