import '@design/tokens.css'
import './styles/desk.css'

import sprite from '@design/icons.svg?raw'
import { createApp } from 'vue'

import App from './App.vue'

const icons = document.createElement('div')
icons.className = 'zero'
icons.setAttribute('aria-hidden', 'true')
icons.innerHTML = sprite
document.body.prepend(icons)

createApp(App).mount('#app')
