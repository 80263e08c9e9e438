using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sockeye.Http.Client;

/// <summary>SOCKS version 5 (RFC 1928), as its client, with user and password (RFC 1929).</summary>
internal static class Socks5
{
    private const byte Version = 5;
    private const byte NoAuthentication = 0;
    private const byte UserAndPassword = 2;
    private const byte UserAndPasswordVersion = 1;
    private const byte CommandConnect = 1;
    private const byte AddressIpv4 = 1;
    private const byte AddressName = 3;
    private const byte AddressIpv6 = 4;
    private const int TextBytesMax = 255; // Its length is one byte.

    /// <summary>Has the proxy connect. A name goes to it as it is, so that it looks the name up.</summary>
    /// <exception cref="IOException">It refused, or does not speak SOCKS; the message says which.</exception>
    public static async Task ConnectAsync(Connection connection, string host, int port, NetworkCredential? credentials)
    {
        connection.Write(credentials is null
            ? [Version, 1, NoAuthentication]
            : [Version, 2, NoAuthentication, UserAndPassword]);
        await connection.FlushAsync();
        byte[] choice = await TakeAsync(connection, 2);
        Require(choice[0] == Version, "it does not speak SOCKS 5.");
        switch (choice[1])
        {
            case NoAuthentication:
                break;
            case UserAndPassword when credentials is not null:
                await AuthenticateAsync(connection, credentials);
                break;
            default:
                Refuse("it wants a kind of authentication that was not offered.");
                break;
        }

        WriteRequest(connection, host, port);
        await connection.FlushAsync();
        byte[] reply = await TakeAsync(connection, 4);
        Require(reply[0] == Version, "its reply is not one of SOCKS 5.");
        Require(reply[1] == 0, Reason(reply[1]));
        int addressBytes = reply[3] switch
        {
            AddressIpv4 => 4,
            AddressIpv6 => 16,
            AddressName => (await TakeAsync(connection, 1))[0],
            _ => Refuse("its reply has an address of an unknown type."),
        };
        await TakeAsync(connection, addressBytes + 2);
    }

    private static async Task AuthenticateAsync(Connection connection, NetworkCredential credentials)
    {
        byte[] user = Text(credentials.UserName, "user name");
        byte[] password = Text(credentials.Password, "password");
        connection.Write([UserAndPasswordVersion, (byte)user.Length, .. user, (byte)password.Length, .. password]);
        await connection.FlushAsync();
        Require((await TakeAsync(connection, 2))[1] == 0, "it refused the user and the password.");
    }

    private static void WriteRequest(Connection connection, string host, int port)
    {
        Span<byte> portBytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(portBytes, (ushort)port);
        ReadOnlySpan<byte> start = [Version, CommandConnect, 0];
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            byte type = address.AddressFamily == AddressFamily.InterNetworkV6 ? AddressIpv6 : AddressIpv4;
            connection.Write([.. start, type, .. address.GetAddressBytes(), .. portBytes]);
        }
        else
        {
            byte[] name = Text(host, "host name");
            connection.Write([.. start, AddressName, (byte)name.Length, .. name, .. portBytes]);
        }
    }

    private static byte[] Text(string text, string what)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Require(bytes.Length <= TextBytesMax, $"the {what} is longer than {TextBytesMax} bytes.");
        return bytes;
    }

    /// <summary>Waits for this many bytes and takes no more: what follows is the server's.</summary>
    private static async Task<byte[]> TakeAsync(Connection connection, int count)
    {
        while (connection.Unconsumed.Length < count)
        {
            Received received = await connection.ReadAsync();
            Require(!received.IsEmpty, $"it ended the connection ({received.End}).");
        }

        byte[] bytes = connection.Unconsumed[..count].ToArray();
        connection.Consume(count);
        return bytes;
    }

    /// <summary>RFC 1928 section 6.</summary>
    private static string Reason(byte reply) => reply switch
    {
        1 => "general failure.",
        2 => "its rules do not allow it.",
        3 => "the network is unreachable.",
        4 => "the host is unreachable.",
        5 => "the connection was refused.",
        6 => "the time to live expired.",
        7 => "it does not know the command.",
        8 => "it does not know the type of address.",
        _ => $"reply {reply}.",
    };

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            Refuse(otherwise);
        }
    }

    [DoesNotReturn]
    private static int Refuse(string why) => throw new IOException(why);
}
