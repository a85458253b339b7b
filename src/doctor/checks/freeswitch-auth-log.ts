import { dirname } from 'node:path'
import { placeOf } from '../../servers/included.ts'
import { configurationOf } from '../../servers/sip-servers.ts'
import { isParam, tagsOf } from '../../servers/xml-tags.ts'
import type { Check, Finding } from '../probe.ts'

const ON = /^(?:true|yes|on|enabled|1)$/i

/** Off as shipped (conf/vanilla/sip_profiles/internal.xml), and then a wrong password is not logged (sofia_reg.c). */
export const freeswitchAuthLog: Check = {
  id: 'freeswitch-auth-log',
  title: 'each profile of FreeSWITCH logs failed authentication',
  run({ tree }) {
    const path = configurationOf(tree, 'freeswitch')
    if (path === null) return []
    return tree.glob(`${dirname(path)}/sip_profiles/*.xml`).flatMap((file): Finding[] => {
      const tags = tagsOf({ path: file, text: tree.read(file) ?? '' })
      const profile = tags.find(({ name }) => name === 'profile')
      const setting = tags.findLast((tag) => isParam(tag, 'log-auth-failures'))
      if (profile === undefined || ON.test(setting?.attributes.get('value') ?? '')) return []
      const { file: text, index } = setting ?? profile
      return [
        {
          severity: 'error',
          place: placeOf(text, index),
          text: `profile ${profile.attributes.get('name') ?? ''} does not log failed authentication: wrong passwords are not seen`,
          remedy: '<param name="log-auth-failures" value="true"/> in its <settings>',
        },
      ]
    })
  },
}
