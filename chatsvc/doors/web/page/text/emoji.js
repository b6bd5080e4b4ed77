// Emoji by their names, for completion.

const NAMES =
  "smile 😄 grin 😁 joy 😂 rofl 🤣 slight_smile 🙂 wink 😉 blush 😊 heart_eyes 😍 sunglasses 😎 thinking 🤔" +
  " neutral 😐 roll_eyes 🙄 sleeping 😴 sweat 😅 cry 😢 sob 😭 angry 😠 scream 😱 party 🥳 pleading 🥺" +
  " shrug 🤷 facepalm 🤦 skull 💀 robot 🤖 cat 🐱 dog 🐶 bug 🐛 thumbsup 👍" +
  " thumbsdown 👎 clap 👏 wave 👋 pray 🙏 ok_hand 👌 muscle 💪 raised_hands 🙌 point_right 👉 handshake 🤝" +
  " eyes 👀 heart ❤️ fire 🔥 star ⭐ sparkles ✨ zap ⚡ boom 💥 tada 🎉 gift 🎁 rocket 🚀" +
  " pizza 🍕 coffee ☕ beer 🍺" +
  " check ✅ x ❌ warning ⚠️ hundred 💯 bell 🔔 lock 🔒 key 🔑 bulb 💡 wrench 🔧 gear ⚙️ link 🔗" +
  " pushpin 📌 memo 📝 search 🔍 music 🎵" +
  " flag 🚩";

const words = NAMES.split(" ");
export const EMOJI = new Map(words.flatMap((name, at) => (at % 2 ? [] : [[name, words[at + 1]]])));
