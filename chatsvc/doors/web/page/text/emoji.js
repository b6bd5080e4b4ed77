// Emoji by their names, for completion.

const NAMES =
  "smile 😄 grin 😁 joy 😂 rofl 🤣 slight_smile 🙂 wink 😉 blush 😊 heart_eyes 😍 sunglasses 😎 thinking 🤔" +
  " neutral 😐 roll_eyes 🙄 sleeping 😴 sweat 😅 cry 😢 sob 😭 angry 😠 scream 😱 party 🥳 pleading 🥺" +
  " shrug 🤷 facepalm 🤦 skull 💀 ghost 👻 robot 🤖 cat 🐱 dog 🐶 bee 🐝 bug 🐛 thumbsup 👍" +
  " thumbsdown 👎 clap 👏 wave 👋 pray 🙏 ok_hand 👌 muscle 💪 raised_hands 🙌 point_right 👉 handshake 🤝" +
  " eyes 👀 heart ❤️ fire 🔥 star ⭐ sparkles ✨ zap ⚡ boom 💥 tada 🎉 gift 🎁 rocket 🚀" +
  " plane ✈️ house 🏠 sun ☀️ moon 🌙 tree 🌳 flower 🌸 pizza 🍕 cake 🍰 coffee ☕ beer 🍺" +
  " check ✅ x ❌ warning ⚠️ question ❓ hundred 💯 bell 🔔 lock 🔒 key 🔑 bulb 💡 wrench 🔧 gear ⚙️ link 🔗" +
  " pushpin 📌 memo 📝 book 📖 clock 🕒 mail 📧 laptop 💻 package 📦 chart 📈 search 🔍 music 🎵" +
  " flag 🚩";

const words = NAMES.split(" ");
export const EMOJI = new Map(words.flatMap((name, at) => (at % 2 ? [] : [[name, words[at + 1]]])));
