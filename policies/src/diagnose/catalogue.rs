//! Every message that can be given about a policy: its code, its title, and what there is to know about it.

/// One kind of message.
#[derive(Debug)]
pub struct Entry {
    /// The code: `P041`.
    pub code: &'static str,
    /// What it says in a few words.
    pub title: &'static str,
    /// What it means, why it matters, what to do.
    pub text: &'static str,
}

/// Every kind of message, sorted by code.
pub const fn catalogue() -> &'static [Entry] {
    CATALOGUE
}

const fn entry(code: &'static str, title: &'static str, text: &'static str) -> Entry {
    Entry { code, title, text }
}

/// A: addresses, assets and zones. C: calendars and schedules. G: gateways and patterns. I: identities. K: kinds and
/// cells. M: Modbus. N: guarantees. P: statements. S: files and keys. T: tag lists. U: values and units. V: approvals. W: windows and
/// emergencies. X: tests.
static CATALOGUE: &[Entry] = &[
    entry(
        "A001",
        "unknown name",
        "A zone or an asset is named that no file declares. The nearest name that exists is suggested. Where a table of assets cannot be read, unknown names are not reported.",
    ),
    entry(
        "A002",
        "not an address",
        "`ip` holds addresses of single devices, IPv4 or IPv6, each once: no names, no networks, no multicast.",
    ),
    entry(
        "A003",
        "one address, two assets",
        "A message is judged by the asset that its address belongs to. Two assets with one address could not be told apart, so the rights of one would be the rights of the other.",
    ),
    entry(
        "A004",
        "asset without an address",
        "Every asset needs the address by which its messages are recognised: its IP address, or its MAC address when it has none.",
    ),
    entry(
        "A005",
        "`anyone` is for services",
        "`anyone` includes addresses that are no asset of the site. Nobody unknown may command a controller; write `everyone` for all assets.",
    ),
    entry(
        "A006",
        "one name, two things",
        "Zones and assets share one set of names, because a conduit may name either.",
    ),
    entry("A007", "nobody", "A list of assets is empty, so a conduit or zone with it means nothing."),
    entry(
        "A008",
        "nets are for services",
        "A zone with a net holds addresses that are no assets. Nobody unknown may command a controller, so a conduit with such a zone has service statements alone.",
    ),
    entry(
        "A009",
        "not a MAC address",
        "`mac` holds addresses of single devices, 02:00:5e:00:53:31, each once: no multicast and not all zeros.",
    ),
    entry(
        "A010",
        "one MAC address, two assets",
        "Frames of the two look alike. That is right when both stand behind one router, whose address it is; where a frame has no IP address, neither is recognised by it.",
    ),
    entry(
        "A011",
        "not a net",
        "`net` is written as the first address and the number of bits that all its addresses have in common: 198.51.100.0/28.",
    ),
    entry(
        "A012",
        "table of assets",
        "The first line of a table of assets names its columns: name, and any of cell, cell-role, kind, ip, mac, vlan, port, realm, via, comment and the protocols' own (unit), in any order, separated by commas. Each line behind it is an asset. Several addresses in a cell stand with blanks between them.",
    ),
    entry(
        "A013",
        "nobody is that",
        "A zone selects assets by their kind, cell-role or cell, and none is that. Several keys select what is all of it, a list what is any of it.",
    ),
    entry(
        "A014",
        "not told apart",
        "Two assets of different realms have one address, or one is seen under the address of another (seen-as). A gateway tells them apart when each stands at a gateway of its own: by its port, or because that gateway dials it.",
    ),
    entry(
        "C001",
        "not a day",
        "A calendar lists days and stretches of days: 2026-10-01, \"2026-10-01 .. 2026-10-07\", both ends included.",
    ),
    entry("C002", "unknown calendar", "A schedule leaves out the days of a calendar that no file declares."),
    entry(
        "C003",
        "not a schedule",
        "`during` and `planned` are written \"Mon-Fri 08:00-18:00 except holidays\": days of the week, then from when to when on the site's wall clock; several are joined by `|`. A span that ends at or before the time it begins at lasts into the next day and belongs to the day it begins on. 24:00 is the end of a day.",
    ),
    entry(
        "C004",
        "a calendar of the past",
        "Every day of the calendar has passed, so that a schedule which leaves them out leaves out nothing any more.",
    ),
    entry(
        "G001",
        "gateway without a task",
        "A gateway needs ports, which it joins or listens to, or at least one proxy: the address that clients dial, and the asset behind it.",
    ),
    entry(
        "G002",
        "not an address and port",
        "The value of a proxy is the address on which the gateway listens, with its port: 192.0.2.2:502. It is an address of the gateway, never the asset's own.",
    ),
    entry(
        "G003",
        "one address, two proxies",
        "Clients dial one address for two assets; the gateway could not know which one they mean.",
    ),
    entry(
        "G004",
        "patterns that write are counted",
        "A pattern in a write statement must say how many tags it matches. When a later change of the tag list makes it match more, the statement does not widen in silence: the count no longer holds, and somebody looks.",
    ),
    entry(
        "G005",
        "the gateway cannot tell what to dial",
        "The gateway dials the asset's own address and port. It must have one address, and the protocol and port must follow from the port that clients dial or be the only ones.",
    ),
    entry(
        "G006",
        "proxy without a conduit",
        "A proxy stands before an asset that no conduit leads to. Everything that comes through it falls under [unmatched].",
    ),
    entry(
        "G007",
        "conduit without a gateway",
        "A conduit leads to an asset that stands behind no gateway of the site. Nothing enforces what it says there.",
    ),
    entry(
        "G008",
        "not a port of the gateway",
        "`bridge` and `monitor` name ports of the same gateway, and an asset's `port` is written GATEWAY:PORT. The nearest name that exists is suggested.",
    ),
    entry(
        "G009",
        "interface",
        "A port is a network interface of the gateway's machine, each its own; what goes in at one side and comes out of the same one is no bridge.",
    ),
    entry(
        "G010",
        "what is joined",
        "A bridge joins two ports. When a gateway has two that are not monitored, these are they; when it has more, `bridge` says which. A port that is neither bridged nor monitored would be forgotten in the field.",
    ),
    entry(
        "G011",
        "both ends on one side",
        "Everything at both ends of the conduit stands beyond the same port of the gateway. Frames between them never cross it, so nothing that the conduit says is enforced.",
    ),
    entry(
        "G012",
        "no serial line",
        "An asset stands on a serial line, via = \"gw-1:filters\", that its gateway does not have.",
    ),
    entry(
        "I001",
        "identity of nothing",
        "An identity tells one device from another by its MAC address or its certificate; where it stands and who gives it its address come on top of that.",
    ),
    entry(
        "I003",
        "known by MAC alone",
        "Anybody can set a MAC address. Who is known by nothing else may read and not write: add the port beyond which it stands and the server that leases it its address, or its certificate.",
    ),
    entry(
        "I004",
        "lease not followed",
        "An asset without an ip would be known by the lease that a server gives it. This version does not follow leases: what the asset sends over IP is judged as a stranger's. Frames without IP and its requests for an address are told by its MAC address and port.",
    ),
    entry(
        "I005",
        "certificate not seen",
        "Certificates and users are seen by whoever ends the encrypted session, and no data plane of this version does. They are kept for readers.",
    ),
    entry("K001", "unknown kind", "An asset is of a kind that no [kinds] table declares."),
    entry(
        "K002",
        "kind of a kind",
        "A kind is a table of keys that assets of the kind have unless they say otherwise; it has no kind itself.",
    ),
    entry(
        "K003",
        "device address without a protocol",
        "A line of a table of assets gives a unit, and neither the asset nor its kind speaks a protocol that has units.",
    ),
    entry(
        "K004",
        "no cell in common",
        "A conduit within = \"cell\" joins pairs of which both stand in the same cell, and there is no such pair.",
    ),
    entry(
        "K005",
        "without a cell",
        "A conduit within = \"cell\" names somebody who stands in no cell: for that asset the conduit means nothing.",
    ),
    entry(
        "M007",
        "every unit",
        "unit = \"any\" makes every unit behind an address this asset. Behind a gateway stand other devices; a write to any of them would be judged as a write to this one. Where the site itself says that another asset stands there, it is an error.",
    ),
    entry(
        "M009",
        "a message for more than `to`",
        "A message to every device behind a gateway of its protocol is obeyed by all of them. A statement with broadcast = true leads to each of them.",
    ),
    entry(
        "M010",
        "no gateway",
        "Units stand behind an asset whose protocol table says gateway = true, and which has an address of its own. What a broadcast reaches is said there.",
    ),
    entry(
        "M011",
        "two owners of a unit",
        "Two assets behind one gateway answer to the same unit, or one to unit 0, which all of them obey: a write to one would be a write to the other.",
    ),
    entry(
        "M012",
        "what a broadcast reaches",
        "`broadcast` of a gateway and the assets that stand behind it (via) do not agree.",
    ),
    entry(
        "M013",
        "serial lines",
        "The site may declare the serial lines of its gateways. This version does not carry them: nothing reaches an asset there through them.",
    ),
    entry(
        "N001",
        "broken guarantee",
        "The statements allow what a `[[never]]` forbids. The message shows one way to break it: who sends what to whom, the bytes, the statement that allows it, and how the sender is reached. Statements add up, so narrow the one that is named, or say less in the guarantee. A policy with a broken guarantee is not loaded.",
    ),
    entry(
        "N002",
        "not provable: more than one message",
        "A guarantee is about what one message may do. Sequences, totals, rates and timing depend on what was sent before, which no file says; limit them in the statement that allows the message.",
    ),
    entry(
        "N003",
        "not provable: inside one zone",
        "Both ends of the guarantee lie in one zone. What is sent inside a zone passes no gateway, so nothing that a policy says could keep it from happening.",
    ),
    entry(
        "N004",
        "a floor that cannot be",
        "A floor is a guarantee that the gateway also enforces, message by message, in every mode. It names what it withholds, it is about one hop, and no window opens it.",
    ),
    entry("N005", "a guarantee about nothing", "A list of actions or an `unless` is empty. Leave the key out."),
    entry(
        "N009",
        "guarantees that lapse with the mode",
        "Proofs are about what the policy allows. Where a conduit or `[unmatched]` is in alert or learn mode, what is not allowed passes all the same; only floors hold there.",
    ),
    entry(
        "N010",
        "vacuous guarantee",
        "No write could break the guarantee whatever the statements say: the tag's own min and max already exclude the values that it forbids.",
    ),
    entry(
        "N011",
        "a floor withholds what is allowed",
        "A statement allows messages that are not decoded towards an asset with a floor. They could be just what the floor forbids, so the gateway withholds them, whatever the statement says.",
    ),
    entry(
        "N012",
        "an asset on both sides",
        "`{ not = Z }` leaves out every asset that is in zone Z at all. One of them is in another zone, too, so that zone is not wholly covered by the guarantee.",
    ),
    entry("N013", "too many floors", "One asset is the destination of more floors than a decision looks at."),
    entry(
        "P001",
        "no subject",
        "An allow statement is about exactly one protocol, by its key: modbus = \"read\"; or about services, ports or Ethertypes.",
    ),
    entry(
        "P002",
        "two subjects",
        "An allow statement is about exactly one protocol, or one kind of what is not inspected, so that its items and limits are of one kind.",
    ),
    entry(
        "P003",
        "unknown function",
        "What a protocol key lists is a verb, the name of a function, a function with its sub-function, or a raw number. Verbs are the same in all protocols; the functions are the standard's own.",
    ),
    entry(
        "P004",
        "what cannot be judged must be said",
        "A raw number, and a function whose contents are not decoded, may carry anything. A statement that allows it says opaque = true, so that a reviewer sees it.",
    ),
    entry(
        "P005",
        "no items",
        "The functions of the statement touch items, and the statement does not say which. No statement widens by omission: write tags or raw ranges.",
    ),
    entry(
        "P006",
        "functions and items do not fit",
        "Every function that a statement lists must be able to touch the items that it names. What cannot be done need not be allowed, and is most often a slip. A function that writes one item at a time (Modbus 5, 6 and 22) cannot write a value of several registers: name such a tag beside write-registers; a pattern leaves it out.",
    ),
    entry("P007", "two kinds of items", "A statement has tags, or raw ranges of one space. Write two statements."),
    entry(
        "P009",
        "a limit that limits nothing",
        "A value limits what is written to tags. It means nothing where nothing is written, where there are no tags, or where the tags have limits of their own.",
    ),
    entry(
        "P010",
        "access",
        "A statement writes what is read only, or reads what is write only: the tag list says so in its column `access`, or the protocol has no function for it.",
    ),
    entry("P011", "not a range", "Raw ranges are written as numbers on the wire, from 0: \"0 .. 15\", 40."),
    entry(
        "P012",
        "opaque without need",
        "opaque = true stands in a statement of which every function is judged. It widens nothing, but a reader would think it does.",
    ),
    entry(
        "P013",
        "nobody speaks the protocol",
        "No asset of `to` speaks the statement's protocol, so that the statement allows nothing.",
    ),
    entry(
        "P014",
        "a pattern that reads and writes",
        "A pattern leaves out read-only tags when it writes and write-only tags when it reads. Where a statement does both it can do neither; write two statements.",
    ),
    entry(
        "P031",
        "two modes for one pair",
        "Source, destination and protocol have one mode. Two conduits that join the same pair in different modes would let one undo the other.",
    ),
    entry(
        "P032",
        "two answers for one pair",
        "What is denied between a source and a destination in one protocol is answered in one way. Two conduits that join the same pair with different `on-deny` would leave it to chance which one a client meets.",
    ),
    entry(
        "P041",
        "a statement lifts another one's limits",
        "The meaning of a policy is the union of its statements: what any of them allows is allowed. A wide statement for the same source and destination therefore undoes the limits of a narrow one, and the bounds of a tag.",
    ),
    entry(
        "P042",
        "nothing allowed",
        "A conduit without statements allows nothing; it only decides how denials are answered. A statement whose pattern matches only what it cannot touch allows nothing either.",
    ),
    entry(
        "P043",
        "a part of a wide value",
        "A raw range ends inside a tag that is several items wide. Half of a value is no value.",
    ),
    entry(
        "P044",
        "a step that is hardly ever measured",
        "A step is measured from the value before it, as it was last read or written, and that must be fresh. Where everybody who may read the tag reads it less often than that, the first write after a restart, and every write after a pause, is denied as stale.",
    ),
    entry("P050", "not a span of time", "Spans of time are written 500 ms, 10 s, 5 min, 4 h or 2 d, at most 366 d."),
    entry(
        "P051",
        "not a fact",
        "A fact is written \"plc-1.tank_level > 20 % within 10 s\": whose tag, how it compares to what (< <= > >= = != with a number, a range, or states), and how fresh it must be. `self` is the asset that is written. Texts and tags that nobody can read are no facts.",
    ),
    entry(
        "P052",
        "never fresh",
        "A fact or the value before a step must be seen on the wire by the gateway. No statement lets anybody read it, so that whatever depends on it is always denied as stale.",
    ),
    entry(
        "P053",
        "whose tag?",
        "A tag without its asset stands only where `to` is one asset. Where it is several, write self.TAG for the asset that is written, or name one.",
    ),
    entry(
        "P054",
        "not a step",
        "A step is written \"5 Hz within 10 s\": how far one write may go from the value before it, and how fresh that value must be.",
    ),
    entry(
        "P055",
        "no step of this tag",
        "Steps are differences of numbers: states, bits and texts have none. A step that is smaller than what the tag can tell apart would forbid every change.",
    ),
    entry(
        "P056",
        "not a rate",
        "A rate is written \"6 / min per tag\", \"1 / 20 min\" or \"20 / s per source\": so often in any span of that length, counted by tag, source or conduit.",
    ),
    entry(
        "P057",
        "nothing to count by",
        "A rate per tag counts writes of tags. A statement that writes none says `per source` or `per conduit`.",
    ),
    entry(
        "P058",
        "other bits",
        "`others = \"unchanged within 5 s\"` lets a client write a whole register of which the statement grants single bits: the other bits must be those last seen, and that not longer ago.",
    ),
    entry(
        "P059",
        "a condition on what is not inspected",
        "when, step, others and broadcast are about what messages carry. Of a service nothing is judged but its addresses and ports; during, window, until and rate hold for it too.",
    ),
    entry(
        "P060",
        "unknown service",
        "`service` names what is in the table of services: `sluice policy explain service` prints it. For anything else write tcp, udp or ethertype with opaque = true.",
    ),
    entry("P061", "nothing allowed", "A service statement names at least one service, port or Ethertype."),
    entry(
        "P062",
        "what an Ethertype carries",
        "IP, ARP and frames inside of other frames are never allowed by their Ethertype: whatever they carry would pass without being judged.",
    ),
    entry(
        "P063",
        "past inspection",
        "A port of a protocol that the gateway inspects is never opened as a mere port: every function and every value would pass.",
    ),
    entry(
        "P064",
        "items of a service",
        "What is allowed by name, port or Ethertype is not read, so tags, raw ranges and values say nothing about it.",
    ),
    entry(
        "P065",
        "asking for an address",
        "A device that asks for an address by DHCP has none yet. Only its MAC address tells that it is an asset of the conduit.",
    ),
    entry(
        "P070",
        "two rates for one tag",
        "Each statement counts for itself, so that two of them together allow the sum of both. Put the two sources into one conduit if the limit is meant for the tag.",
    ),
    entry(
        "P080",
        "ended",
        "`until` has passed: the statement, or every statement of the conduit, allows nothing any more.",
    ),
    entry(
        "P081",
        "ends soon",
        "`until` comes within 30 days. Then the statement, or every statement of the conduit, allows nothing any more.",
    ),
    entry("P083", "unknown statement", "`overrides` names the statements whose limits may be lifted, as conduit.id."),
    entry(
        "S001",
        "not a key here",
        "TOML puts a line into the last table above it, and every table has its own keys. A key that is unknown is never ignored: a slip would be a hole.",
    ),
    entry(
        "S002",
        "not TOML",
        "The file breaks a rule of TOML. What could be read around the mistake was still checked.",
    ),
    entry("S003", "file cannot be read", "Policy files are UTF-8 text of at most 16 MiB inside the site's folder."),
    entry(
        "S004",
        "include",
        "Every pattern of `include` must match a file inside the site's folder, so that a forgotten file is noticed.",
    ),
    entry("S005", "missing key", "A required key is missing."),
    entry(
        "S006",
        "wrong kind of value",
        "The key wants another kind of value: a text in quotes, a number, a list, a table.",
    ),
    entry("S007", "not one of the words", "The key has a fixed set of words."),
    entry("S008", "declared twice", "Tables of the same kind merge across files, and one name stands for one thing."),
    entry(
        "S009",
        "not enforced by this version",
        "The key is part of the policy language, and this version does not enforce it. A policy that says more than is done would be worse than none, so it is an error and not ignored.",
    ),
    entry(
        "S010",
        "version of the language",
        "The first line of site.toml says which version of the language the site is written in.",
    ),
    entry(
        "S011",
        "time zone",
        "Time zones have the names of the IANA database: Asia/Shanghai. They know the plant's changes of the clock.",
    ),
    entry("S012", "date", "Dates are written 2026-12-20. What suspends enforcement needs one at which it ends."),
    entry("S013", "name", "Names are letters, digits, `-` and `_`, at most 64, and begin with a letter or a digit."),
    entry("S014", "number out of range", "The number is not one that the key can have."),
    entry("S015", "expired", "The date has passed; what it suspended is enforced again."),
    entry(
        "T001",
        "notation of addresses",
        "The first line of a tag list says how its addresses are written: # addresses = modicon. 40101 and holding 100 are the same register, and 100 in the wrong notation is its neighbour.",
    ),
    entry(
        "T002",
        "columns",
        "The second line of a tag list names its columns: name, address and type, and any of the others, in any order, separated by commas.",
    ),
    entry("T003", "cells", "A line has more cells than the header. A comma inside a cell needs quotes around it."),
    entry("T004", "name of a tag", "A tag's name begins with a letter; letters, digits, `_`, `-` and `.` follow."),
    entry(
        "T005",
        "type",
        "The type must fit the address: a coil is a bool, a register an integer, a number or text, a bit of a register a bit.",
    ),
    entry("T006", "count", "`count` makes the tag an array of so many elements."),
    entry(
        "T007",
        "word order",
        "The order of the words of values wider than one register: ABCD is big-endian, CDAB has the low word first.",
    ),
    entry(
        "T008",
        "scale and offset",
        "Engineering value = raw * scale + offset, in exact decimals; bits, texts and named states have none.",
    ),
    entry(
        "T009",
        "min and max",
        "The engineering values that any write may carry. At least one value that the tag can hold must lie between them.",
    ),
    entry("T010", "states", "Named raw values: 0=stop 1=run. Policies then use the names."),
    entry("T011", "access", "r, w or rw. What the protocol cannot write is r."),
    entry("T012", "address", "The address is not one of the notation that the list declares."),
    entry("T014", "past the end", "The tag would end behind the last item of its space."),
    entry("T015", "declared twice", "Two tags of one list have the same name."),
    entry(
        "T020",
        "overlap",
        "Two tags share an item, and neither is a bit of the other: one of the two addresses or types is wrong. A limit on one would be broken by a write to the other.",
    ),
    entry("T021", "one bit, two tags", "Two tags are the same bit of the same register."),
    entry("T030", "unknown tag", "A statement names a tag that no asset of `to` has, or a pattern that matches none."),
    entry("T031", "not an element", "The tag is no array, or has fewer elements."),
    entry("T033", "limited twice", "One statement gives a tag two limits."),
    entry(
        "U001",
        "not a value",
        "A limit is written 0 | 20 .. 45 Hz: numbers and ranges with both ends, joined by |, with the unit once; or named states: open | close.",
    ),
    entry(
        "U002",
        "empty range",
        "Nothing lies in the range: it runs backwards, or lies between two values that the tag can hold.",
    ),
    entry(
        "U003",
        "other unit",
        "The unit is not the tag's own. Units are never converted: a factor that somebody forgets is how plants are damaged.",
    ),
    entry(
        "U004",
        "unit missing",
        "A limit on a tag with a unit says the unit, so that a raw value is never mistaken for an engineering one.",
    ),
    entry(
        "U005",
        "past the tag's bounds",
        "A part of the limit lies beyond what the tag's min and max or its type allow. The tag's bounds hold all the same.",
    ),
    entry("U006", "nothing left", "No part of the limit lies in what the tag's min and max and its type allow."),
    entry("U007", "state", "The values of the tag have names, or the name is none of them."),
    entry(
        "U008",
        "in range of what",
        "`in-range` means the tag's own min and max or its named states; it has neither.",
    ),
    entry("U009", "limit on text", "Text is limited by its length and its characters: text(12) of A-Z 0-9 -"),
    entry(
        "V001",
        "nobody approved this",
        "The gateway puts in force only what was approved. What a statement or setting means (its sources, destinations, functions, items, values, conditions) was signed by nobody; `sluice policy meaning` shows it, `sluice policy diff` what is new of it.",
    ),
    entry(
        "V002",
        "too few people approved this",
        "As many different people as `[approvals] need` says must have signed what a statement or setting means, each with a key of their own. For `[approvals]` itself, two always.",
    ),
    entry(
        "V003",
        "the owner of the destination did not approve this",
        "Who owns the zone that a statement leads to (`owner` of the zone, else of the conduit) is one of those who approve it: the one who answers for a controller knows what may be done to it.",
    ),
    entry(
        "V004",
        "this is no signature",
        "An entry of approvals.toml was not signed by the key of the person that it names, or was changed afterwards: the person, role, day, site and meaning are all signed. It may be forged.",
    ),
    entry(
        "V005",
        "no key of this person",
        "The folder of keys has no PERSON.pub of somebody who is named in approvals.toml, so that the signature cannot be checked and does not count.",
    ),
    entry(
        "V006",
        "one person twice",
        "One person approved a meaning twice, or one key did under two names. Two different people must look at it.",
    ),
    entry(
        "V007",
        "an approval of another meaning",
        "An entry of approvals.toml is about a meaning that the site does not have: a file, a tag list or an address was changed after it was signed, or the statement is gone. It approves nothing.",
    ),
    entry(
        "V008",
        "somebody without this role",
        "A person approves in a role that `[approvals] owners` gives to others.",
    ),
    entry(
        "V009",
        "an approval cannot be read",
        "An entry of approvals.toml holds something else than `sluice policy sign` and `sluice policy approve` write.",
    ),
    entry("W001", "unknown window", "A statement or a test names a window that no file declares."),
    entry("W002", "who opens a window", "A window names the roles that open it together; two roles are two people."),
    entry("W003", "a window without end", "A window closes by itself after at most 7 days."),
    entry(
        "W004",
        "a window that opens nothing here",
        "A window makes statements hold for the assets that it covers. None of `to` is among them, so this statement never holds.",
    ),
    entry("W005", "glass that stays broken", "Broken glass mends by itself within 60 min."),
    entry("W006", "unknown conduit", "[break-glass] covers conduits by their names."),
    entry(
        "W007",
        "what a lockdown keeps",
        "`keep` lists statements as \"conduit.id\", or \"conduit.*\" for all of a conduit.",
    ),
    entry("W008", "people of a role", "`owners` lists the people of each role, each once."),
    entry(
        "X001",
        "expectation",
        "A test expects allow, allow by conduit.id, deny, deny because REASON or alert; `x 6` repeats it.",
    ),
    entry(
        "X002",
        "bytes",
        "`hex` holds the bytes of the message from the function code on, in pairs of hexadecimal digits.",
    ),
    entry(
        "X003",
        "messages and expectations",
        "A test sends at least one message and has one expectation for all, or one for each.",
    ),
    entry("X004", "unknown statement", "A test expects to be allowed by a statement that no file declares."),
    entry(
        "X005",
        "no message",
        "The words of a test are a verb or a function, then what it touches, with `= VALUE` where something is written: write pump_speed = 60 Hz, read holding 100 .. 103, umas 0x41. These cannot be sent, or are sent to a port where a protocol is spoken.",
    ),
    entry("X006", "tag of a test", "A test reads or writes a tag that the asset does not have."),
    entry(
        "X007",
        "value of a test",
        "A test writes what the tag cannot be: a number between two of its raw values, another unit, no state of it.",
    ),
    entry(
        "X008",
        "sender of a test",
        "A message of a protocol over IP is sent from an IP address, and the asset has none.",
    ),
    entry(
        "X009",
        "not a value that was seen",
        "`given` lists what the gateway has seen: \"plc-1.tank_level\" = \"40 % 2 s ago\". Of everything else it has seen nothing.",
    ),
    entry("X010", "not a moment", "`at` is a date and a time on the site's wall clock: \"2026-11-24 03:00\"."),
    entry("X011", "not a repetition", "`repeat` says how often messages are sent in what time: \"7 in 30 s\"."),
    entry(
        "X012",
        "answers of a test",
        "`answer` is positive, exception or none: one for all messages, or one for each.",
    ),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    /// Every code that stands in quotes in the sources of this crate, this file left out.
    fn used(folder: &Path, codes: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                used(&path, codes);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("catalogue.rs") {
                let text = fs::read_to_string(&path).unwrap();
                codes.extend(text.split('"').filter(|t| is_code(t)).map(String::from));
            }
        }
    }

    fn is_code(text: &str) -> bool {
        text.len() == 4
            && text.starts_with(|c: char| "ACDFGIKLMNPSTUVWX".contains(c))
            && text[1..].bytes().all(|b| b.is_ascii_digit())
    }

    #[test]
    fn every_code_in_use_has_an_entry_and_every_entry_is_in_use() {
        let mut codes = BTreeSet::new();
        used(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut codes);
        let known: BTreeSet<String> = catalogue().iter().map(|e| e.code.to_string()).collect();
        assert_eq!(codes, known);
    }

    #[test]
    fn entries_are_sorted() {
        assert!(catalogue().is_sorted_by(|a, b| a.code < b.code));
    }
}
