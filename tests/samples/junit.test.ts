import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { toJunit } from '../../src/samples/junit.ts'
import { needs } from '../require.ts'

const cases = [
  { suite: 'opensips', name: 'a.log:1', faults: [] },
  { suite: 'opensips', name: 'a.log:2', faults: [`user: expected "<a&b>", got "'\x00\x1b\u202e\ud800\uffff"`, 'second'] },
  { suite: 'kamailio', name: 'b.log:1', faults: [] },
]

test('a suite for each filter, a case for each sample, a failure with all its faults', () => {
  expect(toJunit(cases)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="1">
  <testsuite name="opensips" tests="2" failures="1">
    <testcase classname="opensips" name="a.log:1"/>
    <testcase classname="opensips" name="a.log:2">
      <failure message="user: expected &quot;&lt;a&amp;b&gt;&quot;, got &quot;&apos;\\x00\\x1b\\u202e\\ud800\\uffff&quot;">user: expected &quot;&lt;a&amp;b&gt;&quot;, got &quot;&apos;\\x00\\x1b\\u202e\\ud800\\uffff&quot;
second</failure>
    </testcase>
  </testsuite>
  <testsuite name="kamailio" tests="1" failures="0">
    <testcase classname="kamailio" name="b.log:1"/>
  </testsuite>
</testsuites>
`)
})

describe.skipIf(needs('python3'))('a parser that is not ours', () => {
  test('reads it as it was meant', () => {
    const script =
      'import sys, xml.dom.minidom as d; x = d.parse(sys.stdin); print(len(x.getElementsByTagName("testcase")), x.getElementsByTagName("failure")[0].firstChild.data)'
    expect(execFileSync('python3', ['-c', script], { input: toJunit(cases), encoding: 'utf8' })).toBe(
      `3 user: expected "<a&b>", got "'\\x00\\x1b\\u202e\\ud800\\uffff"\nsecond\n`,
    )
  })
})
