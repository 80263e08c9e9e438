namespace Sockeye.Http.Protocol;

/// <summary>A registered request method. <see cref="Methods"/> has what each means.</summary>
public enum Method : byte
{
    /// <summary>Another than those here: a token of its own.</summary>
    Other = 0,

    /// <summary>GET: transfers what the target is now.</summary>
    Get,

    /// <summary>HEAD: as GET, without the content.</summary>
    Head,

    /// <summary>POST: has the target process the content.</summary>
    Post,

    /// <summary>PUT: makes the content what the target is.</summary>
    Put,

    /// <summary>DELETE: removes what the target is.</summary>
    Delete,

    /// <summary>CONNECT: opens a tunnel to the target.</summary>
    Connect,

    /// <summary>OPTIONS: asks for the ways to talk to the target.</summary>
    Options,

    /// <summary>TRACE: has the request sent back.</summary>
    Trace,

    /// <summary>PATCH: changes part of what the target is.</summary>
    Patch,

    /// <summary>ACL: sets who may do what.</summary>
    Acl,

    /// <summary>BASELINE-CONTROL: puts a collection under baseline control.</summary>
    BaselineControl,

    /// <summary>BIND: adds a binding to a collection.</summary>
    Bind,

    /// <summary>CHECKIN: makes a version of what was checked out.</summary>
    Checkin,

    /// <summary>CHECKOUT: allows changes to what is under control.</summary>
    Checkout,

    /// <summary>COPY: copies to another place.</summary>
    Copy,

    /// <summary>LABEL: changes the labels of a version.</summary>
    Label,

    /// <summary>LINK: relates the target to others.</summary>
    Link,

    /// <summary>LOCK: takes or refreshes a lock.</summary>
    Lock,

    /// <summary>MERGE: merges versions.</summary>
    Merge,

    /// <summary>MKACTIVITY: makes an activity.</summary>
    MkActivity,

    /// <summary>MKCALENDAR: makes a calendar.</summary>
    MkCalendar,

    /// <summary>MKCOL: makes a collection.</summary>
    MkCol,

    /// <summary>MKREDIRECTREF: makes a redirect reference.</summary>
    MkRedirectRef,

    /// <summary>MKWORKSPACE: makes a workspace.</summary>
    MkWorkspace,

    /// <summary>MOVE: moves to another place.</summary>
    Move,

    /// <summary>ORDERPATCH: changes the order of a collection.</summary>
    OrderPatch,

    /// <summary>PRI: begins HTTP/2; never a method of HTTP/1.1.</summary>
    Pri,

    /// <summary>PROPFIND: reads properties.</summary>
    PropFind,

    /// <summary>PROPPATCH: changes properties.</summary>
    PropPatch,

    /// <summary>QUERY: has the target answer a question in the content, safely.</summary>
    Query,

    /// <summary>REBIND: moves a binding.</summary>
    Rebind,

    /// <summary>REPORT: reads a report about the target.</summary>
    Report,

    /// <summary>SEARCH: searches.</summary>
    Search,

    /// <summary>UNBIND: removes a binding.</summary>
    Unbind,

    /// <summary>UNCHECKOUT: takes back a check-out.</summary>
    Uncheckout,

    /// <summary>UNLINK: removes relations.</summary>
    Unlink,

    /// <summary>UNLOCK: gives back a lock.</summary>
    Unlock,

    /// <summary>UPDATE: takes another version.</summary>
    Update,

    /// <summary>UPDATEREDIRECTREF: changes a redirect reference.</summary>
    UpdateRedirectRef,

    /// <summary>VERSION-CONTROL: puts the target under version control.</summary>
    VersionControl,
}
