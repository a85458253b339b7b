import { expect, test } from 'vitest'
import { fail2banJails } from '../../src/servers/fail2ban-jails.ts'
import type { Tree } from '../../src/servers/tree.ts'

const treeOf = (files: Readonly<Record<string, string>>): Tree => ({
  read: (path) => files[path] ?? null,
  glob: (pattern) =>
    Object.keys(files).filter((path) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`).test(path)),
  facts: () => null,
  tail: () => Buffer.alloc(0),
})

test('later files go over earlier ones, and names are put in', () => {
  const jails = fail2banJails(
    treeOf({
      '/etc/fail2ban/jail.local': '[asterisk]\nENABLED: yes\n[off]\nenabled = false\n',
      '/etc/fail2ban/jail.conf':
        '[DEFAULT]\nenabled = false\nmode = normal ; usual\nfilter = %(__name__)s[mode=%(mode)s]\nlogs = /var/log\n[asterisk]\nlogpath = %(logs)s/a tail\n          %(logs)s/b\n          # c\n[off]\nlogpath = x\n',
      '/etc/fail2ban/jail.d/own.local': '[asterisk]\nmode = hard\n',
      '/etc/fail2ban/jail.d/early.conf': '[early]\nenabled = 1\nfilter = %(unknown)s\n',
    }),
  )
  expect(jails).toEqual([
    { name: 'asterisk', filter: 'asterisk[mode=hard]', logpaths: ['/var/log/a', '/var/log/b'], place: '/etc/fail2ban/jail.local:2:1' },
    { name: 'early', filter: '%(unknown)s', logpaths: [], place: '/etc/fail2ban/jail.d/early.conf:2:1' },
  ])
})

test('names that name each other end', () => {
  const [jail] = fail2banJails(treeOf({ '/etc/fail2ban/jail.local': '[a]\nenabled = on\nfilter = %(b)s\nb = %(filter)s\n' }))
  expect(jail?.name).toBe('a')
})

test('without Fail2Ban there are none', () => {
  expect(fail2banJails(treeOf({}))).toEqual([])
})
