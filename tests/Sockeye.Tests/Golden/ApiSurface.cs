using System.Globalization;
using System.Reflection;
using System.Text;

namespace Sockeye.Tests;

/// <summary>Writes the public surface of an assembly as text, in an order that does not change by itself.</summary>
internal static class ApiSurface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance |
        BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(char)] = "char",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(double)] = "double",
    };

    private static readonly NullabilityInfoContext s_nullability = new();

    /// <summary>A line for each public type, and below it one for each member that others can see.</summary>
    public static string Of(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Header(type)).Append('\n');
            foreach (var member in MembersOf(type).Order(StringComparer.Ordinal))
            {
                text.Append("    ").Append(member).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Header(Type type)
    {
        var kind = type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            { BaseType: { } parent } when parent == typeof(MulticastDelegate) => "delegate",
            { IsValueType: true, IsByRefLike: true } => "ref struct",
            { IsValueType: true } => "struct",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsAbstract: true } => "abstract class",
            { IsSealed: true } => "sealed class",
            _ => "class",
        };
        if (kind == "delegate")
        {
            return $"delegate {Method(type.GetMethod("Invoke")!, FullName(type))}";
        }

        Type?[] bases = kind is "enum" or "static class" || type.BaseType == typeof(object) || type.IsValueType
            ? [] : [type.BaseType];
        var interfaces = kind == "enum" ? [] : type.GetInterfaces().Where(one => one.IsPublic).Select(Name);
        var parents = bases.OfType<Type>().Select(Name).Concat(interfaces.Order(StringComparer.Ordinal));
        var list = string.Join(", ", parents);
        return list.Length == 0 ? $"{kind} {FullName(type)}" : $"{kind} {FullName(type)} : {list}";
    }

    private static IEnumerable<string> MembersOf(Type type)
    {
        if (type.IsEnum)
        {
            return type.GetEnumNames().Select(name =>
                $"{name} = {Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture)}");
        }

        if (typeof(MulticastDelegate).IsAssignableFrom(type))
        {
            return [];
        }

        return type.GetMembers(Declared).Select(Line).OfType<string>();
    }

    private static string? Line(MemberInfo member) => member switch
    {
        FieldInfo field when field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly =>
            $"field {Static(field.IsStatic)}{Typed(field.FieldType, s_nullability.Create(field))} {field.Name}",
        ConstructorInfo constructor when IsVisible(constructor) && !constructor.IsStatic =>
            $"{Protected(constructor)}new({Parameters(constructor)})",
        PropertyInfo property when property.GetAccessors(true).Any(IsVisible) => Property(property),
        EventInfo one when IsVisible(one.AddMethod!) => $"event {Name(one.EventHandlerType!)} {one.Name}",
        MethodInfo method when IsVisible(method) && (!method.IsSpecialName || method.Name.StartsWith("op_")) =>
            Modifiers(method) + Method(method, method.Name),
        _ => null,
    };

    private static string Property(PropertyInfo property)
    {
        var accessors = property.GetAccessors(true).Where(IsVisible).ToArray();
        var ways = string.Join(" ", accessors.Select(one => one == property.GetMethod ? "get;" : SetterOf(one)));
        var index = property.GetIndexParameters().Length > 0 ? $"[{Parameters(property.GetIndexParameters())}]" : "";
        var type = Typed(property.PropertyType, s_nullability.Create(property));
        return $"{Modifiers(accessors[0])}{type} {property.Name}{index} {{ {ways} }}";
    }

    private static string SetterOf(MethodInfo setter) =>
        setter.ReturnParameter.GetRequiredCustomModifiers().Any(one => one.Name == "IsExternalInit") ? "init;" : "set;";

    private static string Method(MethodInfo method, string name)
    {
        var parameters = method.IsGenericMethod ? method.GetGenericArguments().Select(Name).ToArray() : [];
        var arguments = parameters.Length > 0 ? $"<{string.Join(", ", parameters)}>" : "";
        var result = Typed(method.ReturnType, s_nullability.Create(method.ReturnParameter));
        return $"{result} {name}{arguments}({Parameters(method)})";
    }

    private static string Parameters(MethodBase method) => Parameters(method.GetParameters());

    private static string Parameters(ParameterInfo[] parameters) => string.Join(", ", parameters.Select(one =>
    {
        var way = one.IsOut ? "out " : one.IsIn ? "in " : one.ParameterType.IsByRef ? "ref " : "";
        var type = one.ParameterType.IsByRef ? one.ParameterType.GetElementType()! : one.ParameterType;
        var value = one.HasDefaultValue ? $" = {one.RawDefaultValue ?? "default"}" : "";
        return $"{way}{Typed(type, s_nullability.Create(one))} {one.Name}{value}";
    }));

    private static string Modifiers(MethodInfo method)
    {
        var overrides = method.GetBaseDefinition() != method;
        var kind = method switch
        {
            { IsStatic: true, IsAbstract: true } => "static abstract ",
            { IsStatic: true } => "static ",
            { DeclaringType.IsInterface: true, IsAbstract: true } or { IsVirtual: false } => "",
            { IsAbstract: true } => "abstract ",
            _ when overrides => "override ",
            { IsFinal: true } => "",
            _ => "virtual ",
        };
        return Protected(method) + kind;
    }

    private static string Protected(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string Static(bool isStatic) => isStatic ? "static " : "";

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Typed(Type type, NullabilityInfo info) =>
        Name(type) + (!type.IsValueType && info.ReadState == NullabilityState.Nullable ? "?" : "");

    private static string FullName(Type type) => type.DeclaringType is { } outer
        ? $"{FullName(outer)}.{Name(type)}"
        : $"{type.Namespace}.{Name(type)}";

    private static string Name(Type type) => type switch
    {
        _ when s_keywords.TryGetValue(type, out var keyword) => keyword,
        { IsArray: true } => Name(type.GetElementType()!) + "[]",
        { IsByRef: true } => "ref " + Name(type.GetElementType()!),
        _ when Nullable.GetUnderlyingType(type) is { } inner => Name(inner) + "?",
        { IsGenericType: true } =>
            $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>",
        _ => type.Name,
    };
}
