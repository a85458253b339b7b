import { describe, expect, test } from 'vitest'
import { messageStarts, readFrame } from '../../src/classify/frame.ts'
import type { PrefixName } from '../../src/config/types.ts'
import { SERVER_PREFIXES } from '../../src/pattern/prefix/index.ts'

/** The messages a line may carry, as the classifier sees them. */
function messages(line: string, server: PrefixName): string[] {
  const frame = readFrame(line)
  if (frame === null) return []
  return messageStarts(SERVER_PREFIXES[server], frame.text, frame.at).map((start) => frame.text.slice(start))
}

describe('line prefixes', () => {
  test.each<[string, PrefixName, string]>([
    ['Jan 15 10:30:45 sbc1 /usr/sbin/opensips[1234]: NOTICE:msg', 'opensips', 'opensips'],
    ['<141>Jan 15 10:30:45 sbc1 opensips[1234]: NOTICE:msg', 'opensips', 'opensips'],
    ['2026-01-15T10:30:45.123456+00:00 sbc1 kamailio[4862]: NOTICE: <script>: msg', 'kamailio', 'kamailio'],
    ['2026-01-15T10:30:45+0000 sbc1 kamailio[4862]: NOTICE: {1 REGISTER} <script>: msg', 'kamailio', 'kamailio'],
    ['2026-01-15 10:30:45.1 sbc1 asterisk[1]: NOTICE[32257]: chan_sip.c:23417 in handle_request: msg', 'asterisk', 'asterisk'],
    ['<133>1 2026-01-15T10:30:45.1+00:00 vm kamailio 4862 - - NOTICE: <script>: msg', 'kamailio', 'kamailio'],
    ['<133>1 2026-01-15T10:30:45.1+00:00 vm kamailio 4862 - [a b="\\]\\"x"][c] NOTICE: <script>: msg', 'kamailio', 'kamailio'],
    ['Jan 15 10:30:45 pbx asterisk[2]: NOTICE[3][C-00000fa9]: chan_sip.c:1 in f: msg', 'asterisk', 'asterisk'],
    ['Jan 15 10:30:45 www freeswitch[1]: 2026-01-15 10:30:45.487245 96.83% [WARNING] sofia_reg.c:3210 msg', 'freeswitch', 'freeswitch'],
  ])('a syslog header is taken off %j', (line, server, program) => {
    expect(readFrame(line)?.program).toBe(program)
    expect(messages(line, server)).toEqual(['msg'])
  })

  test.each<[string, PrefixName]>([
    ['Jan 15 10:30:45 [1234] NOTICE:msg', 'opensips'],
    ['12(5657) NOTICE: {1 REGISTER} <script>: msg', 'kamailio'],
    ['[2026-01-15 10:30:45] NOTICE[1638][C-00000fa9] chan_sip.c: msg', 'asterisk'],
    ['[Jan 15 10:30:45] NOTICE[1638]: res_pjsip_session.c:2337 new_invite: msg', 'asterisk'],
    ['2026-01-15 10:30:45.685002 96.83% [WARNING] sofia_reg.c:3223 msg', 'freeswitch'],
    ['6f0c1c1a-7b79-4f8c-8311-0311649bf368 2026-01-15 10:30:45.685002 [WARNING] sofia_reg.c:3223 msg', 'freeswitch'],
    ['08-03 07:56:53.026292 [WARN] [SOFIA] [sofia_reg.c:4130] msg', 'freeswitch'],
  ])('the server’s own form %j names the server', (line, server) => {
    expect(readFrame(line)).toMatchObject({ program: null, server })
    expect(messages(line, server)).toEqual(['msg'])
  })

  test.each<[string, PrefixName, string]>([
    ['{"log":"Jan 15 10:30:45 [1] NOTICE:msg\\n","stream":"stderr","time":"2026-01-15T10:30:45.5Z"}', 'opensips', 'msg'],
    ['{"__REALTIME_TIMESTAMP":"1768480861823576","SYSLOG_IDENTIFIER":"kamailio","MESSAGE":"NOTICE: <script>: msg"}', 'kamailio', 'msg'],
    ['{"time":"Jan 15 10:30:45","pid":1,"level":"NOTICE","message":"msg"}', 'opensips', 'msg'],
    ['@cee: {"time":"Jan 15 10:30:45","pri":"NOTICE","msg":"msg"}', 'opensips', 'msg'],
    ['Jan 15 10:30:45 sbc1 opensips[1]: {"time":"Jan 15 10:30:45","level":"NOTICE","message":"msg\\n"}', 'opensips', 'msg'],
    [
      '{"hostname":"p","timestamp":"2026-01-15 10:30:45","logmsg":{"location":{"filename":"chan_sip.c"},"message":"msg\\n"}}',
      'asterisk',
      'msg',
    ],
    ['{"timestamp":"2026-01-15 10:30:45","logmsg":{"location":{"filename":"Ext. s"},"message":"msg\\n"}}', 'asterisk', 'Ext. s: msg'],
  ])('JSON %j is opened', (line, server, message) => {
    expect(messages(line, server)).toEqual([message])
  })

  test('the container’s clock, which has a zone, goes before the server’s', () => {
    expect(readFrame('{"log":"Jan 15 10:30:45 [1] NOTICE:msg\\n","time":"2026-01-15T11:30:45.5Z"}')?.time).toBe('2026-01-15T11:30:45.5Z')
  })

  test('a line with a leading space is nobody’s, but for the forms that begin with one, which are forgeable', () => {
    expect(readFrame(' Jan 15 10:30:45 sbc1 opensips[1]: NOTICE:msg')).toBeNull()
    expect(readFrame(' REGISTER: msg')).toBeNull()
    expect(readFrame(' 1(5657) NOTICE: <script>: msg')).toMatchObject({ server: 'kamailio', forgeable: true })
    expect(readFrame('12(5657) NOTICE: <script>: msg')).toMatchObject({ server: 'kamailio', forgeable: true })
    expect(readFrame('\tREGISTER: msg')).toBeNull()
  })

  test('behind Kamailio’s stock prefix, which prints the Call-ID, every possible start of the message is considered', () => {
    const line = 'Jan 15 10:30:45 p kamailio[1]: NOTICE: {1 2 REGISTER x} <script>: first} <script>: second'
    expect(messages(line, 'kamailio')).toEqual(['first} <script>: second', 'second'])
  })

  test('a word that a level is called by, before anything else, belongs to the message', () => {
    expect(messages('ALERT: pike blocking x', 'kamailio')).toEqual(['ALERT: pike blocking x'])
    expect(messages('ALERT: <script>: ALERT: pike blocking x', 'kamailio')).toEqual(['ALERT: pike blocking x'])
  })

  test('every module of Kamailio is known for one, cpl-c too', () => {
    const line = 'Jan 15 10:30:45 p kamailio[1]: NOTICE: {1 2 REGISTER x} <script>: first} cpl-c [cpl.c:1]: second'
    expect(messages(line, 'kamailio')).toEqual(['first} cpl-c [cpl.c:1]: second', 'second'])
  })

  test('what the journal kept as bytes, because it is no text, is read too', () => {
    const MESSAGE = [...Buffer.from('NOTICE:a\x1b\xff', 'latin1')]
    expect(messages(JSON.stringify({ SYSLOG_IDENTIFIER: 'opensips', MESSAGE }), 'opensips')).toEqual(['a\x1b\xff'])
    for (const bad of [['x'], [256], [1.5], [null]]) expect(readFrame(JSON.stringify({ MESSAGE: bad }))).toBeNull()
  })

  test('a line without any form of its own in a container’s output may be the rest of anything', () => {
    expect(readFrame('{"log":"PIKE - BLOCKing ip 192.0.2.9, node=0x1\\n","stream":"stderr"}')).toMatchObject({ forgeable: true })
    expect(readFrame('{"log":"Jan 15 10:30:45 [1] msg\\n","stream":"stderr"}')).toMatchObject({ forgeable: false })
  })

  test('behind a prefix of method only there is one start, whatever the message says', () => {
    const line = 'Jan 15 10:30:45 p kamailio[1]: NOTICE: {1 REGISTER} <script>: first} <script>: second'
    expect(messages(line, 'kamailio')).toEqual(['first} <script>: second'])
  })

  test('a dialplan’s extension in the file column stays part of the message', () => {
    expect(messages('[Jan 15 10:30:45] WARNING[1][C-1] Ext. a: b: "text"', 'asterisk')).toEqual(['Ext. a: b: "text"'])
  })

  test.each(['{', '{}', '[]', '{"log":1}', '@cee: ', '{"logmsg":{}}', '{"message":null}'])('%j carries nothing', (line) => {
    expect(readFrame(line)?.text ?? '').not.toContain('undefined')
    expect(messages(line, 'opensips')).toEqual(line === '[]' ? ['[]'] : [])
  })
})
