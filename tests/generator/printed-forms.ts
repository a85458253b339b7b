import type { PrefixName } from '../../src/config/types.ts'

/** How a server's message comes to stand in a file. */
export interface PrintedForm {
  readonly name: string
  /** The line, one character a byte; `callerText` stands where the form itself prints a caller's text. */
  print(message: string, callerText: string): string
  /** Kamailio's stock log_prefix: the message may begin in several places. */
  readonly stock?: true
  /** Recognised, not counted. */
  readonly forgeable?: true
  /** The message is kept as UTF-8 text: bytes that are none are lost. */
  readonly json?: true
}

const PROGRAMS: Readonly<Record<PrefixName, string>> = {
  opensips: '/usr/sbin/opensips',
  kamailio: '/usr/sbin/kamailio',
  asterisk: 'asterisk',
  freeswitch: 'freeswitch',
}

const utf8 = (bytes: string) => Buffer.from(bytes, 'latin1').toString('utf8')
const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1')
const json = (value: object) => bytes(JSON.stringify(value))

/** What a message looks like after it was UTF-8 text. */
export const asKept = (message: string) => bytes(utf8(message))

const syslog = (program: string): PrintedForm[] => [
  { name: 'BSD', print: (text) => `Jan 15 10:30:45 sbc1 ${program}[1234]: ${text}` },
  { name: 'ISO', print: (text) => `2026-01-15T10:30:45.123456+00:00 sbc1 ${program}[1234]: ${text}` },
  { name: 'RFC 5424', print: (text) => `<133>1 2026-01-15T10:30:45.1Z sbc1 ${program} 1234 - - ${text}` },
  {
    name: 'journal',
    json: true,
    print: (text) => json({ __REALTIME_TIMESTAMP: '1768473045123456', SYSLOG_IDENTIFIER: program, MESSAGE: utf8(text) }),
  },
  {
    name: 'journal, as bytes',
    print: (text) =>
      json({ __REALTIME_TIMESTAMP: '1768473045123456', SYSLOG_IDENTIFIER: program, MESSAGE: [...Buffer.from(text, 'latin1')] }),
  },
]

const docker = (form: PrintedForm): PrintedForm => ({
  ...form,
  name: `docker, ${form.name}`,
  json: true,
  print: (message, text) => json({ log: `${utf8(form.print(message, text))}\n`, stream: 'stderr', time: '2026-01-15T10:30:45.1Z' }),
})

const OPENSIPS_STDERR: PrintedForm = { name: 'stderr', print: (text) => `Jan 15 10:30:45 [1234] NOTICE:${text}` }
const KAMAILIO_STDERR: PrintedForm = { name: 'stderr', forgeable: true, print: (text) => ` 1(5657) NOTICE: {1 REGISTER} <script>: ${text}` }
const PLACE = 'res_pjsip/pjsip_distributor.c'
/** A dialplan's Log() has the extension where others have their source file. */
const asteriskFile = (date: string, pid: string, place: string): PrintedForm => ({
  name: `file ${place}`,
  print: (text) => (text.startsWith('Ext. ') ? `[${date}] WARNING${pid} ${text}` : `[${date}] NOTICE${pid} ${place}: ${text}`),
})
const FREESWITCH_FILE: PrintedForm = {
  name: 'file',
  print: (text) => `2026-01-15 10:30:45.123456 96.83% [WARNING] sofia_reg.c:1787 ${text}`,
}

const OWN: Readonly<Record<PrefixName, readonly PrintedForm[]>> = {
  opensips: [
    OPENSIPS_STDERR,
    docker(OPENSIPS_STDERR),
    { name: 'json', json: true, print: (text) => json({ time: 'Jan 15 10:30:45', pid: 1, level: 'NOTICE', message: utf8(text) }) },
    { name: 'json_cee', json: true, print: (text) => `@cee: ${json({ time: 'Jan 15 10:30:45', pri: 'NOTICE', msg: `${utf8(text)}\n` })}` },
    ...syslog(PROGRAMS.opensips).map(({ name, print, ...form }) => ({
      ...form,
      name: `${name}, level`,
      print: (text: string) => print(`WARNING:${text}`, ''),
    })),
  ],
  kamailio: [
    KAMAILIO_STDERR,
    docker(KAMAILIO_STDERR),
    ...syslog(PROGRAMS.kamailio).flatMap(({ name, print, ...form }): PrintedForm[] => [
      { ...form, name: `${name}, log_prefix`, print: (text) => print(`NOTICE: {1 REGISTER} <script>: ${text}`, '') },
      { ...form, name: `${name}, module`, print: (text) => print(`ERROR: <core> [core/receive.c:395]: receive_msg(): ${text}`, '') },
      { ...form, name: `${name}, stock`, stock: true, print: (text, id) => print(`NOTICE: {1 2 REGISTER ${id}} <script>: ${text}`, '') },
      {
        ...form,
        name: `${name}, stock module`,
        stock: true,
        print: (text, id) => print(`ERROR: {2 9 INVITE ${id}} cpl-c [cpl.c:7]: f(): ${text}`, ''),
      },
    ]),
  ],
  asterisk: [
    asteriskFile('2026-01-15 10:30:45', '[1638][C-0000001f]', PLACE),
    asteriskFile('Jan 15 10:30:45', '[1638]:', `${PLACE}:722 log_failed_request`),
    docker(asteriskFile('Jan 15 10:30:45', '[1638]', 'chan_sip.c')),
    {
      name: 'json',
      json: true,
      print: (text) =>
        json({
          timestamp: '2026-01-15 10:30:45',
          logmsg: { location: { filename: 'chan_sip.c' }, level: 'NOTICE', message: `${utf8(text)}\n` },
        }),
    },
    ...syslog(PROGRAMS.asterisk).map(({ name, print, ...form }) => ({
      ...form,
      name: `${name}, level`,
      print: (text: string) => print(`NOTICE[32257]: ${text.startsWith('Ext. ') ? '' : 'chan_sip.c:23417 in handle_request: '}${text}`, ''),
    })),
  ],
  freeswitch: [
    FREESWITCH_FILE,
    docker(FREESWITCH_FILE),
    { name: 'short', print: (text) => `08-03 07:56:53.026292 [WARN] [SOFIA] [sofia_reg.c:4130] ${text}` },
    ...syslog(PROGRAMS.freeswitch).map(({ name, print, ...form }) => ({
      ...form,
      name: `${name}, date`,
      print: (text: string) => print(FREESWITCH_FILE.print(text, ''), ''),
    })),
  ],
}

/** Nothing before the message, as `journalctl -o cat` prints it. */
const BARE: PrintedForm = { name: 'bare', print: (text) => text }

/** Every form in which a server's messages come. */
export function printedForms(server: PrefixName): readonly PrintedForm[] {
  return [BARE, ...syslog(PROGRAMS[server]), ...OWN[server]]
}
