import { render } from 'preact'
import { resume } from './api.ts'
import { App } from './app.tsx'
import './style/index.css'

void resume()
render(<App />, document.getElementById('app') as HTMLElement)
