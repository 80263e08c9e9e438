namespace Sockeye.Wire.Dissection;

/// <summary>A field that was found in a frame: where it stands, and what it says.</summary>
/// <param name="Field">Which field it is.</param>
/// <param name="Start">Where its bytes begin in the frame.</param>
/// <param name="Length">How many bytes it takes; a bit counts as the bytes around it.</param>
/// <param name="Number">The value of a number, a flag or a time; of a text, where it is kept.</param>
/// <param name="Depth">How many fields it stands beneath.</param>
/// <param name="IsHidden">Whether it only repeats another for filters, as <c>tcp.port</c> does.</param>
public readonly record struct FieldRecord(
    Field Field, int Start, int Length, ulong Number, byte Depth, bool IsHidden);

/// <summary>A layer of a frame.</summary>
/// <param name="Protocol">Which protocol it is.</param>
/// <param name="Start">Where it begins in the frame.</param>
/// <param name="Length">How many bytes it has with all it carries.</param>
/// <param name="HeaderLength">How many of them are its own.</param>
/// <param name="IsQuoted">Whether it is part of a packet that an ICMP error quotes, and not of this one.</param>
public readonly record struct LayerRecord(Protocol Protocol, int Start, int Length, int HeaderLength, bool IsQuoted);
