// Prints the lines that the npm package `tail` gives, as it is used by default. The file is its argument.
import { Tail } from 'tail'

const tail = new Tail(process.argv[2], { follow: true })
tail.on('line', (line) => process.stdout.write(`${line}\n`))
tail.on('error', (error) => process.stderr.write(`${error}\n`))
