import { describe, expect, test } from 'vitest'
import { missingParts, readServerConfiguration, readSnippet } from '../../src/emit/index.ts'
import { partsOf } from '../../src/emit/snippet.ts'
import { folder } from './configuration.ts'

const missing = (name: Parameters<typeof missingParts>[0], text: string) => missingParts(name, text).map(({ title }) => title)
const SCRIPT_PARTS = [
  'Flood detection',
  'Floods and scanners',
  'Failed authentication',
  'Registrations',
  'Calls refused',
  'Unknown domains',
]

describe.each([
  ['opensips', 'log', SCRIPT_PARTS],
  ['kamailio', 'log', ['log_prefix', ...SCRIPT_PARTS]],
  ['asterisk', 'log', ['Dates', 'Levels']],
  ['freeswitch', 'log', ['Failures and challenges', 'Registrations', 'Levels']],
  ['opensips', 'hep', ['Socket', 'Modules', 'Requests and replies']],
  ['kamailio', 'hep', ['Mirroring']],
  ['asterisk', 'hep', ['Mirroring']],
  ['freeswitch', 'hep', ['Where to', 'Profiles']],
] as const)('%s, %s', (name, kind, parts) => {
  const missing = (text: string) => missingParts(name, text, kind).map(({ title }) => title)

  test('an empty configuration lacks every part', () => {
    expect(missing('')).toEqual(parts)
  })
  test('a part says where it goes', () => {
    for (const { text } of missingParts(name, '', kind)) expect(text).toMatch(/^\s*(?:#|;|<!--) == .+ ==.*\n/)
  })
  test('a snippet in which every line is a comment does nothing', () => {
    const [open, close] = name === 'freeswitch' ? ['<!--', '-->'] : [name === 'asterisk' ? ';' : '#', '']
    const text = readSnippet(name, kind).replace(/<!--|-->/g, '')
    expect(missing(text.replace(/^.*$/gm, (line) => `${open} ${line} ${close}`))).toEqual(parts)
  })
  test('a configuration with one part lacks the others', () => {
    const all = partsOf(readSnippet(name, kind))
    for (const title of parts) {
      const { text } = all.find((part) => part.title === title)!
      const calls = [...text.matchAll(/^route\[(\w+)\]/gm)].map(([, route]) => `route(${route});\n`)
      expect(missing(`${calls.join('')}${text}`)).toEqual(parts.filter((part) => part !== title))
    }
  })
})

describe.each(['opensips', 'kamailio'] as const)('the script of %s', (name) => {
  const routes = [...readSnippet(name).matchAll(/^route\[(\w+)\]/gm)].map(([, route]) => route as string)
  const calls = (names: readonly string[]) => names.map((route) => `\troute( ${route} );`).join('\n')

  test('with the snippet and calls of its routes lacks nothing', () => {
    expect(missing(name, `route {\n${calls(routes)}\n}\n${readSnippet(name)}`)).toEqual([])
  })
  test('with the snippet, but without a call of one of its routes, lacks that part', () => {
    expect(missing(name, `route {\n${calls(routes.slice(1))}\n# route(${routes[0]});\n}\n${readSnippet(name)}`)).toEqual([
      'Floods and scanners',
    ])
  })
  test('may print the lines without our routes, at another level, with other fields behind the address', () => {
    const own = 'route {\n  xlog( "L_ERR" ,"Call rejected: ip=$si:$sp method=$rm\\n");\n  xlog("Door-knock: ip=$si:$sp # all\\n");\n}'
    expect(missing(name, own)).not.toContain('Calls refused')
    expect(missing(name, own)).not.toContain('Unknown domains')
    expect(missing(name, own.replace('ip=$si', 'ua=$ua ip=$si'))).toContain('Calls refused')
  })
  test('may load a module by its path', () => {
    expect(missing(name, 'loadmodule "/usr/lib/modules/pike.so"')).not.toContain('Flood detection')
    expect(missing(name, 'loadmodule "spike.so"')).toContain('Flood detection')
  })
})

test('a log_prefix with the Call-ID anywhere spoils ours', () => {
  const ours = 'log_prefix="{$mt $rm} "\n'
  expect(missing('kamailio', ours)).not.toContain('log_prefix')
  expect(missing('kamailio', `${ours}log_prefix="{$mt $hdr(CSeq) $ci} "\n`)).toContain('log_prefix')
  expect(missing('kamailio', `${ours}#log_prefix="{$mt $hdr(CSeq) $ci} "\n`)).not.toContain('log_prefix')
})
test('the levels of Asterisk may go to several files, but not to the console only', () => {
  const levels = 'dateformat=%F %T.%3q ; ms\nmessages.log => notice,warning,error\n'
  expect(missing('asterisk', `${levels}security.log => [json]security`)).toEqual([])
  expect(missing('asterisk', `${levels}console => security\n;full => security`)).toEqual(['Levels'])
  expect(missing('asterisk', 'dateformat = %b %e %T\nfull => *')).toEqual(['Dates'])
})
test('the attributes of FreeSWITCH may stand in any order and in either quotes', () => {
  const rest = readSnippet('freeswitch').replace(/<param[^>]*>/, '')
  expect(missing('freeswitch', `${rest}<param value='true'\n name="log-auth-failures"/>`)).toEqual([])
  expect(missing('freeswitch', `${rest}<param name="log-auth-failures" value="false"/>`)).toEqual(['Failures and challenges'])
})

describe('what a configuration includes', () => {
  test.each([
    ['kamailio.cfg', 'include_file "sub/b.cfg"\n#!import_file "sub/c.cfg"\ninclude_file "missing.cfg"\n', 'a'],
    ['logger.conf', '#include sub/b.cfg\n#tryinclude "sub/c.cfg"\n', 'a'],
    ['freeswitch.xml', '  <X-PRE-PROCESS cmd="include" data="sub/*.cfg"/>\n', 'a'],
  ])('is read with %s', (name, text) => {
    const dir = folder({ [name]: `${text}first\n`, 'sub/b.cfg': 'second\n', 'sub/c.cfg': `third\ninclude_file "../${name}"\n` })
    const read = readServerConfiguration(`${dir}/${name}`)
    expect(read.match(/first|second|third/g)).toEqual(['first', 'second', 'third'])
  })
  test('but for comments', () => {
    const dir = folder({ 'a.cfg': '# include_file "b.cfg"\n', 'b.cfg': 'second\n' })
    expect(readServerConfiguration(`${dir}/a.cfg`)).not.toContain('second')
  })
  test('a file that cannot be read is named', () => {
    expect(() => readServerConfiguration('/nowhere/a.cfg')).toThrow(
      expect.objectContaining({
        code: 'CONFIG_UNREADABLE',
        exitStatus: 2,
        message: 'cannot read /nowhere/a.cfg: no such file or directory',
      }),
    )
  })
})

describe('the mirroring', () => {
  const missing = (name: Parameters<typeof missingParts>[0], text: string) => missingParts(name, text, 'hep').map(({ title }) => title)
  test('of Kamailio may go elsewhere by another socket, but not in an older version or by flags only', () => {
    const snippet = readSnippet('kamailio', 'hep')
    expect(missing('kamailio', snippet.replace('127.0.0.1:9060', '192.0.2.1:9063'))).toEqual([])
    expect(missing('kamailio', snippet.replace('"hep_version", 3', '"hep_version", 2'))).toEqual(['Mirroring'])
    expect(missing('kamailio', snippet.replace('"trace_mode", 1', '"trace_mode", 0'))).toEqual(['Mirroring'])
  })
  test('of OpenSIPS may be called for in any route, without ours', () => {
    const own = readSnippet('opensips', 'hep').replace(/route\[sipguard_hep\] \{[^}]*\}/, 'route {\n  trace("tid", "t", "sip");\n}')
    expect(missing('opensips', own)).toEqual([])
    expect(missing('opensips', readSnippet('opensips', 'hep'))).toEqual(['Requests and replies'])
  })
  test('of Asterisk must be enabled', () => {
    expect(missing('asterisk', 'enabled=no\ncapture_address=127.0.0.1:9060')).toEqual(['Mirroring'])
    expect(missing('asterisk', '[general]\nenabled => yes ; on\ncapture_address=127.0.0.1:9060')).toEqual([])
  })
  test('of FreeSWITCH must be HEPv3', () => {
    const server = (value: string) => `<param name="capture-server" value="${value}"/><param name="sip-capture" value="true"/>`
    expect(missing('freeswitch', server('udp:127.0.0.1:9060'))).toEqual(['Where to'])
    expect(missing('freeswitch', server('udp:127.0.0.1:9060;capture_id=5;hep=3'))).toEqual([])
  })
})
