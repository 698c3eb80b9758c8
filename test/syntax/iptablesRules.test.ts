import { expect, test } from "vitest";
import { parseIptables } from "../../netfilter/syntax/iptables/parse.js";

/** The findings of one rule line in a filter table: `code "text it stands at"`, a warning with `?` before it. */
function check(line: string, expected: readonly string[], table = "filter", family: "ipv4" | "ipv6" = "ipv4"): void {
  const text = `*${table}\n${line}\nCOMMIT\n`;
  const { errors } = parseIptables(text, { family });
  const found = errors.map(({ code, severity, span }) => {
    return `${severity === "warning" ? "?" : ""}${code} "${text.slice(span.start, span.end)}"`;
  });
  expect(found).toEqual(expected);
}

const accepted = [
  // spellings of one thing
  "-A INPUT -j ACCEPT",
  "--append INPUT --jump ACCEPT",
  "--app INPUT --j ACCEPT",
  "-A INPUT -p tcp --dport 22 -j ACCEPT",
  "-A INPUT -p tcp --dport=22 -j ACCEPT",
  "-A INPUT -p tcp --dpor 22 -j ACCEPT",
  "-A INPUT -p tcp --destination-port 22 -j ACCEPT",
  "-A INPUT -p TCP --dport 22 -j ACCEPT",
  "-A INPUT -p 6 --dport 22 -j ACCEPT",
  "-A INPUT -m tcp -p tcp --dport 22",
  "-A INPUT -p udp -j ACCEPT --dport 53",
  '-A "INPUT" -s "10.0.0.1" -j ACCEPT',
  "-j ACCEPT -A INPUT",
  "-A INPUT --",
  "[1:2] -A INPUT -j ACCEPT",
  "[1:2]-A INPUT -j ACCEPT",
  "-A INPUT -c 1 2 -j ACCEPT",
  "-A INPUT -c 1,2 -j ACCEPT",
  "  -A INPUT -j ACCEPT\t",
  // negation stands before the option
  "-A INPUT ! -s 10.0.0.1 ! -i lo ! -p tcp -j DROP",
  "-A INPUT ! -f -j DROP",
  "-A INPUT -p tcp ! --syn -j DROP",
  "-A INPUT -p tcp ! --tcp-flags SYN,RST,ACK,FIN SYN -j DROP",
  // options belong to the match loaded last that knows them
  "-A INPUT -m mark --mark 1 -m connmark --mark 2 -j DROP",
  "-A INPUT -m comment --comment a -m comment --comment b -j DROP",
  "-A INPUT -p tcp -m multiport --dport 22,80 -j ACCEPT",
  // other commands
  "-I INPUT -j ACCEPT",
  "-I INPUT 1 -j ACCEPT",
  "-I INPUT -s 10.0.0.1",
  "-D INPUT -j ACCEPT",
  "-D INPUT 3",
  "-R INPUT 1 -j DROP",
  "-F",
  "-F INPUT",
  "-P INPUT DROP",
  "-N MINE",
  "-X MINE",
  "-E OLD NEW",
  "-Z",
  "-L INPUT",
  "-S",
  "-L INPUT -m state --state NEW",
  // the other family's lines are passed over, whatever stands behind
  "-A INPUT -6 -s fe80::1 --nonsense",
  "-A INPUT -s fe80::1 -6 -j ACCEPT",
  "-A INPUT -4 -j ACCEPT",
  // addresses
  "-A INPUT -s 10",
  "-A INPUT -s 10.0.0",
  "-A INPUT -s 010.0.0.1",
  "-A INPUT -s 0x0a.0.0.1",
  "-A INPUT -s 167772161",
  "-A INPUT -s 10.0.0.1,10.0.0.2/31",
  "-A INPUT -s 10.0.0.0/255.0.255.0",
  "-A INPUT -s any/0",
  "-A INPUT -s ::ffff:1.2.3.4",
  "-A INPUT -s gateway.example",
  // values
  "-A INPUT -m mark --mark 010/0xff",
  "-A INPUT -p tcp --dport 022",
  "-A INPUT -p tcp --dport ssh",
  "-A INPUT -p tcp --dport 22:",
  "-A INPUT -p tcp --dport :22",
  "-A INPUT -i eth+",
  "-A INPUT -i eth*",
  "-A INPUT -i +",
  "-A INPUT -m state --state new",
  "-A INPUT -m limit --limit 5/m",
  "-A INPUT -m mac --mac-source 0:1:2:3:4:5",
  "-A INPUT -j REJECT --reject-with port-unreach",
  '-A INPUT -m comment --comment "an open quote',
  '-A INPUT -m comment --comment "a\\"b"',
  "-A INPUT -m comment --comment -j",
];

test.each(accepted)("%s is taken", (line) => check(line, []));

const refused: readonly [line: string, ...expected: string[]][] = [
  ["-A INPUT -p tcp --dprot 22 -j ACCEPT", 'unknownOption "--dprot"'],
  ["-A INPUT --dport 22 -j ACCEPT", 'unknownOption "--dport"'],
  ["-A INPUT --dport 22 -p tcp", 'unknownOption "--dport"'],
  ["-A INPUT -p udplite --dport 22", 'unknownOption "--dport"'],
  ["-A INPUT -p tcp --d 22", 'unknownOption "--d"'],
  ["-A INPUT --to-source 1.1.1.1 -j SNAT", 'unknownOption "--to-source"'],
  ["-a INPUT -j ACCEPT", 'unknownOption "-a"'],
  ["-A INPUT -fq", 'unknownOption "q"'],
  ["-A INPUT -m nosuch -j ACCEPT", 'unknownMatch "nosuch"'],
  ["-A INPUT -m icmp6 -j ACCEPT", 'unknownMatch "icmp6"'],
  // half-typed rules cost one finding
  ["-A", 'missingValue "-A"'],
  ["-A INPUT -", 'unexpectedText "-"'],
  ["-A INPUT -s", 'missingValue "-s"'],
  ["-A INPUT -s -d 10.0.0.1 -j DROP", 'missingValue "-s"'],
  ["-A INPUT -p tcp --dport", 'missingValue "--dport"'],
  ["-A INPUT -p tcp --dport -j ACCEPT", 'missingValue "--dport"'],
  ["-A INPUT -p tcp --tcp-flags SYN -j ACCEPT", 'missingValue "--tcp-flags"'],
  ["-A INPUT -j", 'missingValue "-j"'],
  ["-A INPUT !", 'missingOption "!"'],
  ["-A INPUT -j MARK --set-", 'unknownOption "--set-"'],
  ["-A INPUT -m conntrack", 'missingOption "-m conntrack"'],
  ["-A INPUT -j MARK", 'missingOption "-j MARK"'],
  ["-A INPUT -m statistic --mode nth --every 2", 'missingOption "--every"'],
  ["-R INPUT -j DROP", 'missingValue "-R"'],
  ["-P INPUT", 'missingValue "-P"'],
  ["-j ACCEPT", 'missingOption "-j ACCEPT"'],
  // what does not belong
  ["ACCEPT", 'unexpectedText "ACCEPT"'],
  ["iptables -A INPUT -j ACCEPT", 'unexpectedText "iptables"'],
  ["-A INPUT -j ACCEPT # ssh", 'unexpectedText "#"'],
  ["  # indented", 'unexpectedText "#"'],
  ["-A INPUT -j ACCEPT \\", 'unexpectedText "\\"'],
  ["-A INPUT -- -j ACCEPT", 'unexpectedText "-j"'],
  ['-A INPUT -m comment --comment "a"b"c"', 'unexpectedText "b"c""'],
  ["-A INPUT -m comment --comment 'x y'", 'unexpectedText "y\'"'],
  ["-t nat -A INPUT -j ACCEPT", 'unexpectedText "-t"'],
  ["-A INPUT -w -j ACCEPT", 'unexpectedText "-w"'],
  ["-A INPUT -n -j ACCEPT", 'unexpectedText "-n"'],
  ["-N MINE -j ACCEPT", 'unexpectedText "-j ACCEPT"'],
  ["-A INPUT -p tcp --syn=yes", 'unexpectedText "yes"'],
  [" ", 'unexpectedText " "'],
  ["[1] -A INPUT", 'badValue "[1]"'],
  ["[1:2 -A INPUT", 'badValue "[1:2"'],
  // twice, or not together
  ["-A INPUT -A OUTPUT", 'conflictingOptions "-A"'],
  ["-A INPUT -i lo -i eth0", 'conflictingOptions "-i"'],
  ["-A INPUT -j ACCEPT -j DROP", 'conflictingOptions "-j"'],
  ["-A INPUT -j ACCEPT -g MINE", 'conflictingOptions "-g"'],
  ["-A INPUT -m conntrack --ctstate NEW --ctstate NEW", 'conflictingOptions "--ctstate"'],
  ["-A INPUT -j MARK --set-mark 1 --or-mark 2", 'conflictingOptions "--or-mark"'],
  // negation
  ["-A INPUT -s ! 10.0.0.1 -j DROP", 'badValue "!"'],
  ["-A INPUT ! ! -s 10.0.0.1", 'unexpectedText "!"'],
  ["-A INPUT ! -j ACCEPT", 'unexpectedText "!"'],
  ["-A INPUT ! -m tcp", 'unexpectedText "!"'],
  ["-A INPUT ! -s 10.0.0.1,10.0.0.2", 'conflictingOptions "! -s 10.0.0.1,10.0.0.2"'],
  ["-A INPUT ! -p all", 'badValue "all"'],
  // values
  ["-A INPUT -s 300.1.1.1", 'badValue "300.1.1.1"'],
  ["-A INPUT -s 10.0.0.0/33", 'badValue "10.0.0.0/33"'],
  ["-A INPUT -s 10.0.0.1,", 'badValue "10.0.0.1,"'],
  ["-A INPUT -s 2001:db8::1", 'badValue "2001:db8::1"'],
  ["-A INPUT -p tcp --dport 70000", 'badValue "70000"'],
  ["-A INPUT -p tcp --dport 22-25", 'badValue "22-25"'],
  ["-A INPUT -p tcp --dport htpp", 'badValue "htpp"'],
  [
    "-A INPUT -p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16",
    'badValue "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16"',
  ],
  ["-A INPUT -p tpc", 'badValue "tpc"'],
  ["-A INPUT -p 256", 'badValue "256"'],
  ["-A INPUT -m mark --mark 0x1g", 'badValue "0x1g"'],
  ["-A INPUT -m mark --mark 4294967296", 'badValue "4294967296"'],
  ["-A INPUT -m conntrack --ctstate NEWW", 'badValue "NEWW"'],
  ["-A INPUT -m state --state NEW, ESTABLISHED", 'badValue "NEW,"'],
  ["-A INPUT -m limit --limit 5/fortnight", 'badValue "5/fortnight"'],
  ["-A INPUT -m mac --mac-source 00-11-22-33-44-55", 'badValue "00-11-22-33-44-55"'],
  ['-A INPUT -i ""', 'badValue """"'],
  ["-A INPUT -i averyverylongname", 'badValue "averyverylongname"'],
  ["-A INPUT -j REJECT --reject-with foo", 'badValue "foo"'],
  ['-A INPUT -j LOG --log-prefix "open', 'badValue ""open"'],
  ["-I INPUT 0 -j ACCEPT", 'badValue "0"'],
  ["-A AAAAAAAAAAAAAAAAAAAAAAAAAAAAA -j ACCEPT", 'badValue "AAAAAAAAAAAAAAAAAAAAAAAAAAAAA"'],
  // one build or release refuses it
  ["-A INPUT -jACCEPT", '?gluedValue "-jACCEPT"'],
  ["-A INPUT --protocol=tcp", '?gluedValue "--protocol=tcp"'],
  ["-A INPUT -h", '?stopsLoading "-h"'],
];

test.each(refused)("%s is refused", (line, ...expected) => check(line, expected));

const translations: readonly [string, ...string[]][] = [
  ["-A PREROUTING -j DNAT --to-destination 10.0.0.1"],
  ["-A PREROUTING -j DNAT --to 10.0.0.1-10.0.0.9"],
  ["-A PREROUTING -p tcp -j DNAT --to-destination 10.0.0.1:80"],
  ["-A PREROUTING -p tcp -j DNAT --to-destination :80-90"],
  ["-A PREROUTING -p tcp -j DNAT --to-destination 10.0.0.1:http"],
  ["-A PREROUTING -p tcp -j REDIRECT --to-ports 0"],
  ["-A POSTROUTING -p tcp -j MASQUERADE --to-ports 1-5/3"],
  ["-A PREROUTING -j DNAT --to-destination 10.0.0.1:80", 'missingOption "10.0.0.1:80"'],
  ["-A PREROUTING -j DNAT --to-destination 10.0.0.1:80 -p tcp", 'missingOption "10.0.0.1:80"'],
  ["-A POSTROUTING -p gre -j MASQUERADE --to-ports 5", 'missingOption "5"'],
  ["-A PREROUTING -p tcp -j DNAT --to-destination 10.0.0", 'badValue "10.0.0"'],
  ["-A PREROUTING -p tcp -j DNAT --to-destination 10.0.0.1:5-1", 'badValue "10.0.0.1:5-1"'],
  ["-A PREROUTING -p tcp -j DNAT --to-destination ::1", 'badValue "::1"'],
  ["-A PREROUTING -p tcp -j REDIRECT --to-ports 65536", 'badValue "65536"'],
  ["-A MINE -j DROP", 'targetNotAllowed "DROP"'],
  ["-P PREROUTING DROP", 'targetNotAllowed "DROP"'],
];

test.each(translations)("in the nat table: %s", (line, ...expected) => check(line, expected, "nat"));

const ipv6: readonly [string, ...string[]][] = [
  ["-A INPUT -s fe80::/10"],
  ["-A INPUT -s 2001:db8::1,2001:db8::2"],
  ["-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 128"],
  ["-A INPUT -p icmpv6 --icmpv6-type echo-request"],
  ["-A INPUT -4 -s 10.0.0.1"],
  ["-A INPUT -s 10.0.0.1", 'badValue "10.0.0.1"'],
  ["-A INPUT -s [::1]", 'badValue "[::1]"'],
  ["-A INPUT -f", 'unexpectedText "-f"'],
  ["-A INPUT -m ttl --ttl-eq 5", 'unknownMatch "ttl"'],
  ["-A INPUT -p icmp --icmp-type 8", 'unknownOption "--icmp-type"'],
  ["-A INPUT -j REJECT --reject-with icmp-port-unreachable", 'badValue "icmp-port-unreachable"'],
];

test.each(ipv6)("for IPv6: %s", (line, ...expected) => check(line, expected, "filter", "ipv6"));
