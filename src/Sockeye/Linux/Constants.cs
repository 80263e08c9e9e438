namespace Sockeye.Linux;

// The numbers are those of x86-64 and arm64, which agree on all of these. Each line ends in the kernel's name.

/// <summary>socket(2): the address family, AF_*.</summary>
internal enum SocketFamily
{
    Unspecified = 0, // AF_UNSPEC
    Unix = 1, // AF_UNIX
    Ipv4 = 2, // AF_INET
    Ipv6 = 10, // AF_INET6
    Netlink = 16, // AF_NETLINK
    Packet = 17, // AF_PACKET
}

/// <summary>socket(2): the type SOCK_*, with the two flags that may be added to it.</summary>
[Flags]
internal enum SocketKind
{
    Stream = 1, // SOCK_STREAM
    Datagram = 2, // SOCK_DGRAM
    Raw = 3, // SOCK_RAW
    SequencedPacket = 5, // SOCK_SEQPACKET
    NonBlocking = 0x800, // SOCK_NONBLOCK
    CloseOnExec = 0x80000, // SOCK_CLOEXEC
}

/// <summary>protocols(5): IPPROTO_*; zero is the usual protocol of the type.</summary>
internal enum SocketProtocol
{
    Default = 0, // IPPROTO_IP
    Icmp = 1, // IPPROTO_ICMP
    Tcp = 6, // IPPROTO_TCP
    Udp = 17, // IPPROTO_UDP
    IcmpV6 = 58, // IPPROTO_ICMPV6
    Raw = 255, // IPPROTO_RAW
}

/// <summary>setsockopt(2): which layer an option belongs to, SOL_* and IPPROTO_*.</summary>
internal enum SocketLevel
{
    Ip = 0, // IPPROTO_IP
    Socket = 1, // SOL_SOCKET
    Tcp = 6, // IPPROTO_TCP
    Udp = 17, // IPPROTO_UDP
    Ipv6 = 41, // IPPROTO_IPV6
    Packet = 263, // SOL_PACKET
}

/// <summary>socket(7): options of every socket, SO_*.</summary>
internal enum SocketOption
{
    ReuseAddress = 2, // SO_REUSEADDR
    Type = 3, // SO_TYPE
    Error = 4, // SO_ERROR
    Broadcast = 6, // SO_BROADCAST
    SendBuffer = 7, // SO_SNDBUF
    ReceiveBuffer = 8, // SO_RCVBUF
    KeepAlive = 9, // SO_KEEPALIVE
    Linger = 13, // SO_LINGER
    ReusePort = 15, // SO_REUSEPORT
    PeerCredentials = 17, // SO_PEERCRED
    ReceiveTimeout = 20, // SO_RCVTIMEO
    SendTimeout = 21, // SO_SNDTIMEO
    BindToDevice = 25, // SO_BINDTODEVICE
    AttachFilter = 26, // SO_ATTACH_FILTER
    AcceptsConnections = 30, // SO_ACCEPTCONN
    Protocol = 38, // SO_PROTOCOL
    Domain = 39, // SO_DOMAIN
    BusyPoll = 46, // SO_BUSY_POLL
    IncomingCpu = 49, // SO_INCOMING_CPU
}

/// <summary>tcp(7): options of TCP sockets, TCP_*.</summary>
internal enum TcpOption
{
    NoDelay = 1, // TCP_NODELAY
    KeepAliveIdle = 4, // TCP_KEEPIDLE
    KeepAliveInterval = 5, // TCP_KEEPINTVL
    KeepAliveCount = 6, // TCP_KEEPCNT
    DeferAccept = 9, // TCP_DEFER_ACCEPT
    Info = 11, // TCP_INFO
    QuickAck = 12, // TCP_QUICKACK
    UserTimeout = 18, // TCP_USER_TIMEOUT
}

/// <summary>udp(7): options of UDP sockets, UDP_*.</summary>
internal enum UdpOption
{
    Segment = 103, // UDP_SEGMENT
    Join = 104, // UDP_GRO
}

/// <summary>ip(7): options of IPv4 sockets, IP_*.</summary>
internal enum IpOption
{
    PacketInfo = 8, // IP_PKTINFO
    MulticastInterface = 32, // IP_MULTICAST_IF
    MulticastTimeToLive = 33, // IP_MULTICAST_TTL
    MulticastLoop = 34, // IP_MULTICAST_LOOP
    AddMembership = 35, // IP_ADD_MEMBERSHIP
    DropMembership = 36, // IP_DROP_MEMBERSHIP
}

/// <summary>ipv6(7): options of IPv6 sockets, IPV6_*.</summary>
internal enum Ipv6Option
{
    MulticastInterface = 17, // IPV6_MULTICAST_IF
    MulticastHops = 18, // IPV6_MULTICAST_HOPS
    MulticastLoop = 19, // IPV6_MULTICAST_LOOP
    JoinGroup = 20, // IPV6_JOIN_GROUP
    LeaveGroup = 21, // IPV6_LEAVE_GROUP
    Ipv6Only = 26, // IPV6_V6ONLY
    ReceivePacketInfo = 49, // IPV6_RECVPKTINFO
    PacketInfo = 50, // IPV6_PKTINFO
}

/// <summary>recv(2), send(2): MSG_*.</summary>
[Flags]
internal enum MessageFlags
{
    None = 0,
    Peek = 2, // MSG_PEEK
    ControlTruncated = 8, // MSG_CTRUNC
    Truncated = 0x20, // MSG_TRUNC
    DoNotWait = 0x40, // MSG_DONTWAIT
    WaitAll = 0x100, // MSG_WAITALL
    ErrorQueue = 0x2000, // MSG_ERRQUEUE
    NoSignal = 0x4000, // MSG_NOSIGNAL
    More = 0x8000, // MSG_MORE
    WaitForOne = 0x10000, // MSG_WAITFORONE
}

/// <summary>shutdown(2): SHUT_*.</summary>
internal enum ShutdownHow
{
    Read = 0, // SHUT_RD
    Write = 1, // SHUT_WR
    Both = 2, // SHUT_RDWR
}

/// <summary>epoll_ctl(2): EPOLL*.</summary>
[Flags]
internal enum EpollFlags : uint
{
    None = 0,
    Readable = 1, // EPOLLIN
    Priority = 2, // EPOLLPRI
    Writable = 4, // EPOLLOUT
    Error = 8, // EPOLLERR
    HangUp = 0x10, // EPOLLHUP
    PeerShutdown = 0x2000, // EPOLLRDHUP
    Exclusive = 0x10000000, // EPOLLEXCLUSIVE
    OneShot = 0x40000000, // EPOLLONESHOT
    EdgeTriggered = 0x80000000, // EPOLLET
}

/// <summary>epoll_ctl(2): EPOLL_CTL_*.</summary>
internal enum EpollOperation
{
    Add = 1, // EPOLL_CTL_ADD
    Delete = 2, // EPOLL_CTL_DEL
    Modify = 3, // EPOLL_CTL_MOD
}

/// <summary>poll(2): POLL*.</summary>
[Flags]
internal enum PollFlags : short
{
    None = 0,
    Readable = 1, // POLLIN
    Priority = 2, // POLLPRI
    Writable = 4, // POLLOUT
    Error = 8, // POLLERR
    HangUp = 0x10, // POLLHUP
    Invalid = 0x20, // POLLNVAL
    PeerShutdown = 0x2000, // POLLRDHUP
}

/// <summary>open(2), fcntl(2): O_*.</summary>
[Flags]
internal enum FileFlags
{
    None = 0,
    ReadWrite = 2, // O_RDWR
    NoControllingTerminal = 0x100, // O_NOCTTY
    NonBlocking = 0x800, // O_NONBLOCK
    Async = 0x2000, // O_ASYNC
    CloseOnExec = 0x80000, // O_CLOEXEC
    Path = 0x200000, // O_PATH
}

/// <summary>openat2(2): RESOLVE_*.</summary>
[Flags]
internal enum PathResolution
{
    None = 0,
    NoMagicLinks = 0x2, // RESOLVE_NO_MAGICLINKS
    NoLinks = 0x4, // RESOLVE_NO_SYMLINKS
    Beneath = 0x8, // RESOLVE_BENEATH
}

/// <summary>eventfd(2): EFD_*.</summary>
[Flags]
internal enum EventFlags
{
    None = 0,
    Semaphore = 1, // EFD_SEMAPHORE
    NonBlocking = 0x800, // EFD_NONBLOCK
    CloseOnExec = 0x80000, // EFD_CLOEXEC
}

/// <summary>fcntl(2): F_*.</summary>
internal enum FcntlCommand
{
    GetFlags = 3, // F_GETFL
    SetFlags = 4, // F_SETFL
    SetSignal = 10, // F_SETSIG
    GetSignal = 11, // F_GETSIG
    SetOwner = 15, // F_SETOWN_EX
    DuplicateCloseOnExec = 1030, // F_DUPFD_CLOEXEC
}

/// <summary>fcntl(2): F_OWNER_*, who receives a descriptor's signals.</summary>
internal enum OwnerKind
{
    Thread = 0, // F_OWNER_TID
    Process = 1, // F_OWNER_PID
    Group = 2, // F_OWNER_PGRP
}

/// <summary>pthread_sigmask(3): SIG_*.</summary>
internal enum SignalMaskChange
{
    Block = 0, // SIG_BLOCK
    Unblock = 1, // SIG_UNBLOCK
    Set = 2, // SIG_SETMASK
}

/// <summary>signal(7): SIG*; real-time signals start after those that libc and the runtime keep.</summary>
internal enum Signal
{
    Hangup = 1, // SIGHUP
    Interrupt = 2, // SIGINT
    Kill = 9, // SIGKILL
    User1 = 10, // SIGUSR1
    User2 = 12, // SIGUSR2
    Pipe = 13, // SIGPIPE
    Terminate = 15, // SIGTERM
    Child = 17, // SIGCHLD
    Io = 29, // SIGIO
    RealTimeLast = 64, // SIGRTMAX
}

/// <summary>getrlimit(2): RLIMIT_*.</summary>
internal enum Resource
{
    OpenFiles = 7, // RLIMIT_NOFILE
    LockedMemory = 8, // RLIMIT_MEMLOCK
}

/// <summary>getrusage(2): RUSAGE_*.</summary>
internal enum UsageOf
{
    Children = -1, // RUSAGE_CHILDREN
    Process = 0, // RUSAGE_SELF
    Thread = 1, // RUSAGE_THREAD
}

/// <summary>mmap(2): PROT_*.</summary>
[Flags]
internal enum MemoryProtection
{
    None = 0, // PROT_NONE
    Read = 1, // PROT_READ
    Write = 2, // PROT_WRITE
}

/// <summary>mmap(2): MAP_*.</summary>
[Flags]
internal enum MemoryMapping
{
    Shared = 1, // MAP_SHARED
    Private = 2, // MAP_PRIVATE
    Anonymous = 0x20, // MAP_ANONYMOUS
    Populate = 0x8000, // MAP_POPULATE
}

/// <summary>prctl(2): PR_*.</summary>
internal enum ProcessOption
{
    SetParentDeathSignal = 1, // PR_SET_PDEATHSIG
    SetName = 15, // PR_SET_NAME
    GetName = 16, // PR_GET_NAME
    SetTimerSlack = 29, // PR_SET_TIMERSLACK
}

/// <summary>ioctl(2): the requests for queue lengths.</summary>
internal enum IoctlRequest : uint
{
    BytesUnsent = 21521, // TIOCOUTQ
    BytesReadable = 21531, // FIONREAD
}
