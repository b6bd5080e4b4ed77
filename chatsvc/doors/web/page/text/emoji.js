// Emoji by their names, for completion and reactions; what is used most comes first.

const NAMES =
  "thumbsup 👍 heart ❤️ tada 🎉 joy 😂 eyes 👀 check ✅ pray 🙏 thinking 🤔 smile 😄 thumbsdown 👎" +
  " grin 😁 rofl 🤣 slight_smile 🙂 wink 😉 blush 😊 heart_eyes 😍 sunglasses 😎 neutral 😐 roll_eyes 🙄" +
  " sleeping 😴 sweat 😅 cry 😢 sob 😭 angry 😠 scream 😱 party 🥳 pleading 🥺 shrug 🤷 facepalm 🤦" +
  " skull 💀 robot 🤖 cat 🐱 dog 🐶 bug 🐛 clap 👏 wave 👋 ok_hand 👌 muscle 💪 raised_hands 🙌" +
  " point_right 👉 handshake 🤝 fire 🔥 star ⭐ sparkles ✨ zap ⚡ boom 💥 gift 🎁 rocket 🚀 pizza 🍕" +
  " coffee ☕ beer 🍺 x ❌ warning ⚠️ hundred 💯 bell 🔔 lock 🔒 key 🔑 bulb 💡 wrench 🔧 gear ⚙️ link 🔗" +
  " pushpin 📌 memo 📝 search 🔍 music 🎵 flag 🚩";

const words = NAMES.split(" ");
export const EMOJI = new Map(words.flatMap((name, at) => (at % 2 ? [] : [[name, words[at + 1]]])));
