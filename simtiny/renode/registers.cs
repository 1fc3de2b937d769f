// The register blocks of simtiny's platform files in Renode: they read as simtiny's own tables say.
//
// `include @registers.cs` before the platform is loaded. C# 7.2, for Mono's compiler and for Roslyn.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.CPU;
using Antmicro.Renode.Peripherals.UART;
using Antmicro.Renode.Time;

namespace Antmicro.Renode.Peripherals.Simtiny
{
    // 32-bit registers kept to a table's rules, as simtiny.machine.peripherals.registers.RegisterFile keeps them.
    //
    // A line of the table is a register, a rule, or what its block does beside:
    //   CR 0x0 reset 0x63 writable 0xFF clear 0x0 pulse 0x0 always 0x0 clears CIFR
    //   CR[8] -> CR[10]                        the bits of the second read as those of the first
    //   default 0xFFFFFFFF                     what is not listed reads so, and can't be written
    //   unlock KEYR 0x1 0x2 CR 0x80000000      two keys clear the bit; a wrong one leaves it set until reset
    //   guard CR 0x80000000 0x40000000         not written while the first bits are set; the second can only be set
    //   ignore 0x20 0x24                       offsets, the second not among them, whose writes do nothing
    //   only-set OPTCR 0x1                     these bits can be set, nothing else can be written
    //   when CSR 0x800000 clear 0xFF800000     a write that left the first bits set clears the second
    //   on CR 0x2 set SR 0x2                   a one written to the first sets the second
    //   hold CR 0x4 while 0x1                  the first can't change while the second are set
    public sealed class Words
    {
        public Words(string table)
        {
            foreach(var line in table.Split('\n').Select(each => each.Trim()).Where(each => each != ""))
            {
                try
                {
                    Read(line.Split(new[] { ' ' }, StringSplitOptions.RemoveEmptyEntries));
                }
                catch(Exception error) when(error is FormatException || error is IndexOutOfRangeException || error is KeyNotFoundException)
                {
                    throw new ConstructionException($"a register table has the line '{line}', which can't be read: {error.Message}");
                }
            }
            Reset();
        }

        public void Reset()
        {
            words.Clear();
            foreach(var row in rows.Values)
            {
                words[row.Offset] = row.Reset | row.Always;
            }
            foreach(var unlock in unlocks)
            {
                unlock.Step = 0;
            }
            Settle();
        }

        public uint this[long offset]
        {
            get => words.TryGetValue(offset, out var word) ? word : fallback ?? 0;
            // What the hardware does to a register: no mask applies.
            set
            {
                words[offset] = value;
                Settle();
            }
        }

        public static uint Mask(long offset, int size)
        {
            return size == 4 ? uint.MaxValue : ((1u << 8 * size) - 1) << 8 * (int)(offset & 3);
        }

        public static uint Lane(uint word, long offset, int size)
        {
            return (word & Mask(offset, size)) >> 8 * (int)(size == 4 ? 0 : offset & 3);
        }

        public static uint Merge(uint word, long offset, int size, uint value)
        {
            var mask = Mask(offset, size);
            return word & ~mask | value << 8 * (int)(size == 4 ? 0 : offset & 3) & mask;
        }

        // A bus write: `value` is right-aligned, `size` in bytes.
        public void Write(long offset, int size, uint value)
        {
            var at = offset & ~3;
            var unlock = unlocks.FirstOrDefault(each => each.Keys == at);
            if(unlock != null)
            {
                Take(unlock, value);
                return;
            }
            if(ignored.Any(range => range.Item1 <= at && at < range.Item2) || fallback != null)
            {
                return;
            }
            var before = this[at];
            var guard = guards.FirstOrDefault(each => each.Offset == at);
            if(guard != null && (before & guard.First) != 0)
            {
                return;
            }
            var written = Merge(0, offset, size, value);
            if(onlySet.TryGetValue(at, out var settable))
            {
                this[at] = before | written & settable;
            }
            else
            {
                Store(at, before, Merge(before, offset, size, value), Mask(offset, size));
            }
            if(guard != null)
            {
                this[at] |= before & guard.Second;
            }
            foreach(var hold in holds.Where(each => each.Offset == at && (before & each.Second) != 0))
            {
                this[at] = this[at] & ~hold.First | before & hold.First;
            }
            foreach(var effect in effects.Where(each => each.Offset == at && (written & each.First) != 0))
            {
                this[effect.Target] |= effect.Second;
            }
            foreach(var when in whens.Where(each => (this[each.Offset] & each.First) != 0))
            {
                this[when.Offset] &= ~when.Second;
            }
            foreach(var each in unlocks.Where(each => each.Step == Open && (this[each.Offset] & each.Bit) != 0))
            {
                each.Step = 0;
            }
        }

        private void Store(long at, uint before, uint now, uint mask)
        {
            if(rows.TryGetValue(at, out var row))
            {
                var ones = now & mask;
                if(row.Clears >= 0)
                {
                    this[row.Clears] &= ~ones;
                    return;
                }
                var plain = row.Writable & ~row.Clear & ~row.Pulse;
                now = (before & ~plain | now & plain) & ~(row.Clear & ones) & ~row.Pulse | row.Always;
            }
            this[at] = now;
        }

        private void Take(Unlock unlock, uint key)
        {
            if(unlock.Step == Jammed || unlock.Step == Open)
            {
                return;
            }
            var isRight = key == (unlock.Step == 0 ? unlock.FirstKey : unlock.SecondKey);
            var isLast = unlock.Step == 1;
            unlock.Step = !isRight ? Jammed : isLast ? Open : 1;
            if(unlock.Step == Open)
            {
                this[unlock.Offset] &= ~unlock.Bit;
            }
        }

        private void Settle()
        {
            foreach(var rule in rules)
            {
                var bits = this[rule.Source] >> rule.SourceLow & rule.Mask;
                words[rule.Target] = this[rule.Target] & ~(rule.Mask << rule.TargetLow) | bits << rule.TargetLow;
            }
        }

        private void Read(string[] line)
        {
            if(line.Length == 3 && line[1] == "->")
            {
                Field(line[0], out var source, out var sourceLow, out var mask);
                Field(line[2], out var target, out var targetLow, out _);
                rules.Add(new Rule { Source = source, SourceLow = sourceLow, Target = target, TargetLow = targetLow, Mask = mask });
                return;
            }
            switch(line[0])
            {
            case "default":
                fallback = Number(line[1]);
                break;
            case "ignore":
                ignored.Add(Tuple.Create((long)Number(line[1]), (long)Number(line[2])));
                break;
            case "unlock":
                unlocks.Add(new Unlock
                {
                    Keys = names[line[1]], FirstKey = Number(line[2]), SecondKey = Number(line[3]), Offset = names[line[4]], Bit = Number(line[5])
                });
                break;
            case "guard":
                guards.Add(new Bits { Offset = names[line[1]], First = Number(line[2]), Second = Number(line[3]) });
                break;
            case "only-set":
                onlySet[names[line[1]]] = Number(line[2]);
                break;
            case "when":
                whens.Add(new Bits { Offset = names[line[1]], First = Number(line[2]), Second = Number(line[4]) });
                break;
            case "on":
                effects.Add(new Bits { Offset = names[line[1]], First = Number(line[2]), Target = names[line[4]], Second = Number(line[5]) });
                break;
            case "hold":
                holds.Add(new Bits { Offset = names[line[1]], First = Number(line[2]), Second = Number(line[4]) });
                break;
            default:
                var row = new Row { Offset = Number(line[1]) };
                for(var word = 2; word < line.Length; word += 2)
                {
                    row.Set(line[word], line[word + 1], names);
                }
                names[line[0]] = row.Offset;
                rows[row.Offset] = row;
                break;
            }
        }

        // "CR[8]" or "CFGR[1:0]"
        private void Field(string text, out long offset, out int low, out uint mask)
        {
            var parts = text.TrimEnd(']').Split('[', ':');
            offset = names[parts[0]];
            var high = int.Parse(parts[1]);
            low = int.Parse(parts[parts.Length - 1]);
            mask = high - low == 31 ? uint.MaxValue : (1u << high - low + 1) - 1;
        }

        private static uint Number(string text)
        {
            return uint.Parse(text.Substring(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }

        private uint? fallback;
        private readonly Dictionary<long, uint> words = new Dictionary<long, uint>();
        private readonly Dictionary<string, long> names = new Dictionary<string, long>();
        private readonly Dictionary<long, Row> rows = new Dictionary<long, Row>();
        private readonly Dictionary<long, uint> onlySet = new Dictionary<long, uint>();
        private readonly List<Rule> rules = new List<Rule>();
        private readonly List<Unlock> unlocks = new List<Unlock>();
        private readonly List<Bits> guards = new List<Bits>();
        private readonly List<Bits> whens = new List<Bits>();
        private readonly List<Bits> effects = new List<Bits>();
        private readonly List<Bits> holds = new List<Bits>();
        private readonly List<Tuple<long, long>> ignored = new List<Tuple<long, long>>();

        private const int Jammed = 2;
        private const int Open = 3;

        private sealed class Row
        {
            public void Set(string key, string value, Dictionary<string, long> names)
            {
                switch(key)
                {
                case "reset": Reset = Number(value); break;
                case "writable": Writable = Number(value); break;
                case "clear": Clear = Number(value); break;
                case "pulse": Pulse = Number(value); break;
                case "always": Always = Number(value); break;
                case "clears": Clears = names[value]; break;
                default: throw new FormatException($"no such word: {key}");
                }
            }

            public long Offset;
            public uint Reset;
            public uint Writable = uint.MaxValue;
            public uint Clear;
            public uint Pulse;
            public uint Always;
            public long Clears = -1;
        }

        private sealed class Rule
        {
            public long Source;
            public int SourceLow;
            public long Target;
            public int TargetLow;
            public uint Mask;
        }

        private sealed class Unlock
        {
            public long Keys;
            public uint FirstKey;
            public uint SecondKey;
            public long Offset;
            public uint Bit;
            public int Step;
        }

        private sealed class Bits
        {
            public long Offset;
            public uint First;
            public long Target;
            public uint Second;
        }
    }

    // A register block on the bus. Accesses of all sizes come to `Read` and `Write`.
    public abstract class Block : IDoubleWordPeripheral, IWordPeripheral, IBytePeripheral, IKnownSize
    {
        public uint ReadDoubleWord(long offset) => Read(offset, 4);

        public ushort ReadWord(long offset) => (ushort)Read(offset, 2);

        public byte ReadByte(long offset) => (byte)Read(offset, 1);

        public void WriteDoubleWord(long offset, uint value) => Write(offset, 4, value);

        public void WriteWord(long offset, ushort value) => Write(offset, 2, value);

        public void WriteByte(long offset, byte value) => Write(offset, 1, value);

        public abstract void Reset();

        public long Size { get; }

        protected Block(long size)
        {
            Size = size;
        }

        protected abstract uint Read(long offset, int size);

        protected abstract void Write(long offset, int size, uint value);
    }

    // A block that is its table. Without one it reads back what was written.
    public sealed class RegisterTable : Block
    {
        public RegisterTable(IMachine machine, long size, string table = "") : base(size)
        {
            words = new Words(table);
        }

        public override void Reset() => words.Reset();

        protected override uint Read(long offset, int size) => Words.Lane(words[offset & ~3], offset, size);

        protected override void Write(long offset, int size, uint value) => words.Write(offset, size, value);

        private readonly Words words;
    }

    // An STM32 port: inputs read their pulls. Each output pin is a GPIO of its number.
    public sealed class Gpio : Block, INumberedGPIOOutput
    {
        public Gpio(IMachine machine, long size, uint moderReset = uint.MaxValue, uint ospeedrReset = 0, uint pupdrReset = 0) : base(size)
        {
            resets = new Dictionary<long, uint> { { Moder, moderReset }, { Ospeedr, ospeedrReset }, { Pupdr, pupdrReset } };
            Connections = Enumerable.Range(0, Pins).ToDictionary(pin => pin, _ => (IGPIO)new GPIO());
            Reset();
        }

        public override void Reset()
        {
            words.Clear();
            for(var offset = 0L; offset <= Brr; offset += 4)
            {
                words[offset] = resets.TryGetValue(offset, out var value) ? value : 0;
            }
            lockWrites = new uint[3];
            Announce();
        }

        public IReadOnlyDictionary<int, IGPIO> Connections { get; }

        protected override uint Read(long offset, int size)
        {
            var at = offset & ~3;
            uint word;
            if(at == Idr)
            {
                var outputs = PinsWhere(Moder);
                word = words[Odr] & outputs | PinsWhere(Pupdr) & ~outputs;
            }
            else
            {
                word = at == Bsrr || at == Brr || !words.ContainsKey(at) ? 0 : words[at];
            }
            return Words.Lane(word, offset, size);
        }

        protected override void Write(long offset, int size, uint value)
        {
            var at = offset & ~3;
            var written = Words.Merge(0, offset, size, value);
            if(at == Bsrr)
            {
                words[Odr] = words[Odr] & ~(written >> 16) | written & 0xFFFF;
            }
            else if(at == Brr)
            {
                words[Odr] &= ~written;
            }
            else if(at == Lckr)
            {
                Lock(written);
            }
            else if(at != Idr && words.ContainsKey(at))
            {
                var mask = Words.Mask(offset, size) & (at == Odr || at == Otyper ? 0xFFFF : uint.MaxValue);
                words[at] = words[at] & ~mask | written & mask;
            }
            Announce();
        }

        private void Lock(uint written)
        {
            var pins = written & 0xFFFF;
            lockWrites = new[] { lockWrites[1], lockWrites[2], written };
            if(lockWrites.SequenceEqual(new[] { Lckk | pins, pins, Lckk | pins }))
            {
                words[Lckr] = Lckk | pins;
            }
            else if((words[Lckr] & Lckk) == 0)
            {
                words[Lckr] = pins;
            }
        }

        // The pins whose two-bit field in a register is 1: an output, a pull-up.
        private uint PinsWhere(long register)
        {
            var fields = words[register];
            var pins = 0u;
            for(var pin = 0; pin < Pins; pin++)
            {
                pins |= (fields >> 2 * pin & 3) == 1 ? 1u << pin : 0;
            }
            return pins;
        }

        private void Announce()
        {
            var levels = words[Odr] & PinsWhere(Moder);
            for(var pin = 0; pin < Pins; pin++)
            {
                Connections[pin].Set((levels >> pin & 1) != 0);
            }
        }

        private uint[] lockWrites;
        private readonly Dictionary<long, uint> words = new Dictionary<long, uint>();
        private readonly Dictionary<long, uint> resets;

        private const int Pins = 16;
        private const long Moder = 0x0, Otyper = 0x4, Ospeedr = 0x8, Pupdr = 0xC, Idr = 0x10, Odr = 0x14, Bsrr = 0x18, Lckr = 0x1C, Brr = 0x28;
        private const uint Lckk = 1 << 16;
    }

    // The STM32 CRC unit with programmable polynomial.
    public sealed class Crc : Block
    {
        public Crc(IMachine machine, long size) : base(size)
        {
            Reset();
        }

        public override void Reset()
        {
            remainder = uint.MaxValue;
            words = new Dictionary<long, uint> { { Idr, 0 }, { Cr, 0 }, { Init, uint.MaxValue }, { Pol, 0x04C11DB7 } };
        }

        protected override uint Read(long offset, int size)
        {
            var at = offset & ~3;
            if(at != Dr)
            {
                return Words.Lane(words.TryGetValue(at, out var word) ? word : 0, offset, size);
            }
            var crc = remainder & Low(Bits);
            return Words.Lane((words[Cr] & 0x80) != 0 ? Reverse(crc, Bits) : crc, offset, size);
        }

        protected override void Write(long offset, int size, uint value)
        {
            var at = offset & ~3;
            if(at == Dr)
            {
                Feed(value, 8 * size);
            }
            else if(words.ContainsKey(at))
            {
                var written = Words.Merge(words[at], offset, size, value);
                words[at] = at == Cr ? written & 0xF8 : written;
                if(at == Init || at == Cr && (written & 1) != 0)
                {
                    remainder = words[Init];
                }
            }
        }

        private void Feed(uint value, int bits)
        {
            var unit = Math.Min(new[] { 0, 8, 16, 32 }[words[Cr] >> 5 & 3], bits);
            var data = unit == 0 ? value : 0;
            for(var low = 0; unit > 0 && low < bits; low += unit)
            {
                data |= Reverse(value >> low, unit) << low;
            }
            var crc = remainder & Low(Bits);
            var polynomial = words[Pol] & Low(Bits);
            for(var position = bits - 1; position >= 0; position--)
            {
                var feedback = (crc >> Bits - 1 & 1) != (data >> position & 1);
                crc = crc << 1 & Low(Bits) ^ (feedback ? polynomial : 0);
            }
            remainder = crc;
        }

        private static uint Reverse(uint value, int bits)
        {
            var reversed = 0u;
            for(var bit = 0; bit < bits; bit++)
            {
                reversed |= (value >> bit & 1) << bits - 1 - bit;
            }
            return reversed;
        }

        private static uint Low(int bits) => bits == 32 ? uint.MaxValue : (1u << bits) - 1;

        private int Bits => new[] { 32, 16, 8, 7 }[words[Cr] >> 3 & 3];

        private uint remainder;
        private Dictionary<long, uint> words;

        private const long Dr = 0x0, Idr = 0x4, Cr = 0x8, Init = 0x10, Pol = 0x14;
    }

    // PSoC 6 clock dividers: a table, whose dividers start and stop by command.
    public sealed class Psoc6Peri : Block
    {
        public Psoc6Peri(IMachine machine, long size, string table = "") : base(size)
        {
            words = new Words(table);
        }

        public override void Reset() => words.Reset();

        protected override uint Read(long offset, int size) => Words.Lane(words[offset & ~3], offset, size);

        protected override void Write(long offset, int size, uint value)
        {
            var at = offset & ~3;
            if(FirstDivider <= at && at < DividersEnd)
            {
                value = value & ~1u | words[at] & 1;
            }
            words.Write(offset, size, value);
            if(at == DivCmd && (value & 3u << 30) != 0)
            {
                var divider = FirstDivider + 0x400 * (value >> 8 & 3) + 4 * (value & 0xFF);
                words[divider] = words[divider] & ~1u | value >> 31;
            }
        }

        private readonly Words words;

        private const long DivCmd = 0x400, FirstDivider = 0x1000, DividersEnd = 0x2000;
    }

    // PSoC 6 locks between the processors. The other one is not run: it answers the call that sets the flash's voltage.
    public sealed class Psoc6Ipc : Block, INumberedGPIOOutput
    {
        public Psoc6Ipc(IMachine machine, long size) : base(size)
        {
            Connections = Enumerable.Range(0, Channels).ToDictionary(number => number, _ => (IGPIO)new GPIO());
            Reset();
        }

        public override void Reset()
        {
            data.Clear();
            locked.Clear();
            Array.Clear(requests, 0, Channels);
            Array.Clear(masks, 0, Channels);
            foreach(var output in Connections.Values)
            {
                output.Unset();
            }
        }

        public IReadOnlyDictionary<int, IGPIO> Connections { get; }

        protected override uint Read(long offset, int size)
        {
            var at = offset & ~3;
            var number = (int)(at / 0x20 % Channels);
            var register = at % 0x20;
            if(at >= Interrupts)
            {
                return register == 0 ? requests[number] : register == 8 ? masks[number] : requests[number] & masks[number];
            }
            if(register == Acquire)
            {
                return locked.Add(number) ? Owner | Locked : Owner;
            }
            if(register == LockStatus)
            {
                return locked.Contains(number) ? Owner | Locked : 0;
            }
            return Words.Lane(data.TryGetValue(at, out var word) ? word : 0, offset, size);
        }

        protected override void Write(long offset, int size, uint value)
        {
            var at = offset & ~3;
            var number = (int)(at / 0x20 % Channels);
            var register = at % 0x20;
            var word = Words.Merge(0, offset, size, value);
            if(at >= Interrupts)
            {
                requests[number] = register == 0 ? requests[number] & ~word : register == 4 ? requests[number] | word : requests[number];
                masks[number] = register == 8 ? word : masks[number];
                Drive(number);
            }
            else if(register == Release)
            {
                locked.Remove(number);
                Raise(word, 1u << number);
            }
            else if(register == Notify && number <= LastSystemCall)
            {
                Call(number);
            }
            else if(register == Notify)
            {
                Raise(word, 1u << number + 16);
            }
            else
            {
                data[at] = Words.Merge(data.TryGetValue(at, out var before) ? before : 0, offset, size, value);
            }
        }

        private void Call(int number)
        {
            var at = number * 0x20 + Data0;
            var code = data.TryGetValue(at, out var word) ? word : 0;
            if(VoltageCalls.Contains(code))
            {
                data[at] = Success;
                locked.Remove(number);
            }
            else
            {
                this.Log(LogLevel.Warning, "system call 0x{0:x8} is not modelled, it is never answered", code);
            }
        }

        private void Raise(uint structures, uint bit)
        {
            for(var number = 0; number < Channels; number++)
            {
                if((structures >> number & 1) != 0)
                {
                    requests[number] |= bit;
                    Drive(number);
                }
            }
        }

        private void Drive(int number) => Connections[number].Set((requests[number] & masks[number]) != 0);

        private readonly Dictionary<long, uint> data = new Dictionary<long, uint>();
        private readonly HashSet<int> locked = new HashSet<int>();
        private readonly uint[] requests = new uint[Channels];
        private readonly uint[] masks = new uint[Channels];

        private const int Channels = 16, LastSystemCall = 2;
        private const long Acquire = 0x0, Release = 0x4, Notify = 0x8, Data0 = 0xC, LockStatus = 0x1C, Interrupts = 0x1000;
        private const uint Locked = 1u << 31, Owner = 0xE01, Success = 0xA0000000;
        private static readonly uint[] VoltageCalls = { 0x0C000001, 0x0C000003, 0x30000001, 0x30000101 };
    }

    // Time as a block counts it: in counts of an input clock, and a call when so many have passed.
    public sealed class Ticks
    {
        public Ticks(IMachine machine, IPeripheral owner, ulong frequency, Action due)
        {
            this.machine = machine;
            this.due = due;
            this.frequency = frequency;
            machine.ClockSource.AddClockEntry(new ClockEntry(uint.MaxValue, (int)TimeInterval.TicksPerSecond, Fire, owner, "alarm", false, workMode: WorkMode.OneShot));
        }

        public void Reset()
        {
            Cancel();
            at = Now();
            rest = 0;
        }

        // Whole counts of `divider` clocks since the last call. What is left over is kept.
        public ulong Take(ulong divider)
        {
            var now = Now();
            var units = rest + (decimal)(now - at) * frequency;
            at = now;
            var one = (decimal)TimeInterval.TicksPerSecond * divider;
            var counts = decimal.Floor(units / one);
            rest = units - counts * one;
            return (ulong)counts;
        }

        // Time passes without a count.
        public void Skip() => at = Now();

        public void DropRest() => rest = 0;

        public void Schedule(ulong counts, ulong divider)
        {
            var units = (decimal)counts * divider * TimeInterval.TicksPerSecond - rest;
            var wait = (ulong)Math.Max(1, decimal.Ceiling(units / frequency));
            machine.ClockSource.ExchangeClockEntryWith(Fire, entry => entry.With(period: wait, value: 0, enabled: true));
            if(machine.SystemBus.TryGetCurrentCPU(out var cpu))
            {
                (cpu as IControllableCPU)?.RequestReturn();
            }
        }

        public void Cancel() => machine.ClockSource.ExchangeClockEntryWith(Fire, entry => entry.With(enabled: false));

        public ulong Frequency
        {
            get => frequency;
            set => frequency = Math.Max(1, value);
        }

        private void Fire() => due();

        private ulong Now()
        {
            if(machine.SystemBus.TryGetCurrentCPU(out var cpu))
            {
                cpu.SyncTime();
            }
            return machine.ClockSource.CurrentValue.Ticks;
        }

        private ulong at;
        private decimal rest;
        private ulong frequency;
        private readonly IMachine machine;
        private readonly Action due;
    }

    // The data watchpoint and trace unit: its cycle counter counts while it is enabled, at a frequency that can be set.
    public sealed class CycleCounter : Block
    {
        public CycleCounter(IMachine machine, long size, ulong frequency) : base(size)
        {
            ticks = new Ticks(machine, this, frequency, () => { });
            words = new Words("CTRL 0x0 reset 0x40000000");
            Reset();
        }

        public override void Reset()
        {
            words.Reset();
            ticks.Reset();
            count = 0;
        }

        public ulong Frequency
        {
            get => ticks.Frequency;
            set
            {
                CatchUp();
                ticks.Frequency = value;
            }
        }

        protected override uint Read(long offset, int size)
        {
            var at = offset & ~3;
            if(at == Cyccnt)
            {
                CatchUp();
            }
            return Words.Lane(at == Cyccnt ? count : words[at], offset, size);
        }

        protected override void Write(long offset, int size, uint value)
        {
            CatchUp();
            if((offset & ~3) == Cyccnt)
            {
                count = Words.Merge(0, offset, size, value);
            }
            else
            {
                words.Write(offset, size, value);
            }
        }

        private void CatchUp()
        {
            var passed = ticks.Take(1);
            count += (words[0] & 1) != 0 ? (uint)passed : 0;
        }

        private uint count;
        private readonly Ticks ticks;
        private readonly Words words;

        private const long Cyccnt = 0x4;
    }

    // An STM32 timer that counts up from its internal clock: prescaler, reload, update and compare flags, interrupts.
    // As simtiny.machine.peripherals.stm32.timer does. CompareIRQ is the compare line where it has one of its own.
    public sealed class Timer : Block
    {
        public Timer(IMachine machine, long size, ulong frequency, int bits = 16, int compares = 4, bool hasCompareLine = false) : base(size)
        {
            top = bits == 32 ? uint.MaxValue : (1u << bits) - 1;
            this.compares = compares;
            this.hasCompareLine = hasCompareLine;
            ticks = new Ticks(machine, this, frequency, Fire);
            Reset();
        }

        public override void Reset()
        {
            Array.Clear(words, 0, words.Length);
            words[Arr] = top;
            reload = top;
            prescale = 1;
            count = 0;
            ticks.Reset();
            IRQ.Unset();
            CompareIRQ.Unset();
        }

        public GPIO IRQ { get; } = new GPIO();

        public GPIO CompareIRQ { get; } = new GPIO();

        public ulong Frequency
        {
            get => ticks.Frequency;
            set
            {
                CatchUp();
                ticks.Frequency = value;
                UpdateLines();
            }
        }

        protected override uint Read(long offset, int size)
        {
            CatchUp();
            var register = offset / 4;
            if(register >= words.Length)
            {
                return 0;
            }
            var isRemapped = (words[Cr1] & Uifremap) != 0 && (words[Sr] & Uif) != 0;
            return Words.Lane(register == Cnt ? count | (isRemapped ? 1u << 31 : 0) : words[register], offset, size);
        }

        protected override void Write(long offset, int size, uint value)
        {
            CatchUp();
            var register = offset / 4;
            if(register >= words.Length)
            {
                return;
            }
            var written = Words.Merge(words[register], offset, size, value);
            switch(register)
            {
            case Sr:
                words[Sr] &= written;
                break;
            case Egr:
                Generate(Words.Merge(0, offset, size, value));
                break;
            case Cnt:
                count = Words.Merge(count, offset, size, value) & top;
                break;
            case Psc:
                words[Psc] = written & 0xFFFF;
                break;
            case Arr:
                words[Arr] = written & top;
                reload = (words[Cr1] & Arpe) == 0 ? words[Arr] : reload;
                break;
            default:
                words[register] = FirstCompare <= register && register < FirstCompare + 4 ? written & top : written;
                break;
            }
            UpdateLines();
        }

        private void Generate(uint events)
        {
            if((events & Uif) != 0 && (words[Cr1] & Udis) == 0)
            {
                words[Sr] |= (words[Cr1] & Urs) == 0 ? Uif : 0;
                Update();
            }
            if((events & Uif) != 0)
            {
                count = 0;
                ticks.DropRest();
            }
            words[Sr] |= events & CompareFlags;
        }

        // An update event moves the buffered registers into force.
        private void Update()
        {
            reload = words[Arr];
            prescale = words[Psc] + 1;
        }

        private void CatchUp()
        {
            if(!IsCounting)
            {
                ticks.Skip();
                return;
            }
            var counts = ticks.Take(prescale);
            var toOverflow = (ulong)Limit - count + 1;
            if(counts >= toOverflow)
            {
                Advance(toOverflow);
                // What is left was counted with the prescaler before.
                var left = (counts - toOverflow) * prescale;
                Overflow();
                if(!IsCounting)
                {
                    ticks.DropRest();
                    return;
                }
                counts = left / prescale;
                var period = (ulong)reload + 1;
                if(counts >= period)
                {
                    Advance(period);
                    counts %= period;
                }
            }
            Advance(counts);
        }

        // Raise the compare flags that are met by so many counts, at most to the overflow.
        private void Advance(ulong counts)
        {
            for(var channel = 0; channel < compares; channel++)
            {
                var target = words[FirstCompare + channel];
                if(target <= Limit && CountsTo(target) <= counts)
                {
                    words[Sr] |= 2u << channel;
                }
            }
            count = (uint)((count + counts) % ((ulong)Limit + 1));
        }

        private void Overflow()
        {
            if((words[Cr1] & Udis) == 0)
            {
                words[Sr] |= Uif;
                Update();
            }
            if((words[Cr1] & Opm) != 0)
            {
                words[Cr1] &= ~Cen;
            }
        }

        // Counts until the counter becomes `target`, at least 1; it passes the overflow if need be.
        private ulong CountsTo(uint target)
        {
            var period = (ulong)Limit + 1;
            return (target + period - count % period + period - 1) % period + 1;
        }

        private void UpdateLines()
        {
            var pending = words[Sr] & words[Dier];
            IRQ.Set((pending & (hasCompareLine ? Uif : Uif | CompareFlags)) != 0);
            CompareIRQ.Set(hasCompareLine && (pending & CompareFlags) != 0);
            var waiting = words[Dier] & ~words[Sr];
            var next = ulong.MaxValue;
            for(var channel = 0; channel < compares; channel++)
            {
                if((waiting >> channel & 2) != 0 && words[FirstCompare + channel] <= Limit)
                {
                    next = Math.Min(next, CountsTo(words[FirstCompare + channel]));
                }
            }
            if((waiting & Uif) != 0 && (words[Cr1] & Udis) == 0)
            {
                next = Math.Min(next, (ulong)Limit - count + 1);
            }
            if(IsCounting && next != ulong.MaxValue)
            {
                ticks.Schedule(next, prescale);
            }
            else
            {
                ticks.Cancel();
            }
        }

        private void Fire()
        {
            CatchUp();
            UpdateLines();
        }

        // A reload value of 0 blocks the counter.
        private bool IsCounting => (words[Cr1] & Cen) != 0 && reload > 0;

        // The count after which the counter starts anew. Set beyond the reload value, it runs to its top first.
        private uint Limit => count <= reload ? reload : top;

        private uint count;
        private uint reload;
        private uint prescale;
        private readonly uint top;
        private readonly int compares;
        private readonly bool hasCompareLine;
        private readonly uint[] words = new uint[0x68 / 4];
        private readonly Ticks ticks;

        private const int Cr1 = 0, Dier = 3, Sr = 4, Egr = 5, Cnt = 9, Psc = 10, Arr = 11, FirstCompare = 13;
        private const uint Cen = 1, Udis = 1 << 1, Urs = 1 << 2, Opm = 1 << 3, Arpe = 1 << 7, Uifremap = 1 << 11;
        private const uint Uif = 1, CompareFlags = 0xF << 1;
    }

    // PSoC 6 timers that count their clock up. As simtiny.machine.peripherals.psoc6.tcpwm does.
    public sealed class Psoc6Tcpwm : Block, INumberedGPIOOutput
    {
        public Psoc6Tcpwm(IMachine machine, long size, ulong frequency, int counters, int bits = 32) : base(size)
        {
            Connections = Enumerable.Range(0, counters).ToDictionary(number => number, _ => (IGPIO)new GPIO());
            this.counters = Enumerable.Range(0, counters).Select(number => new Counter(machine, this, frequency, bits, Connections[number])).ToArray();
        }

        public override void Reset()
        {
            foreach(var counter in counters)
            {
                counter.Reset();
            }
        }

        public IReadOnlyDictionary<int, IGPIO> Connections { get; }

        // Of all counters
        public ulong Frequency
        {
            get => counters[0].Frequency;
            set
            {
                for(var number = 0; number < counters.Length; number++)
                {
                    SetFrequency(number, value);
                }
            }
        }

        public void SetFrequency(int counter, ulong frequency) => counters[counter].Frequency = frequency;

        protected override uint Read(long offset, int size)
        {
            var at = offset & ~3;
            var number = (at - FirstCounter) / CounterBytes;
            if(at >= FirstCounter)
            {
                return number < counters.Length ? Words.Lane(counters[number].Read(at % CounterBytes), offset, size) : 0;
            }
            var word = at == IntrCause ? Those(counter => counter.Read(Counter.IntrMasked) != 0) : at <= CtrlSet ? Those(counter => counter.IsEnabled) : 0;
            return Words.Lane(word, offset, size);
        }

        protected override void Write(long offset, int size, uint value)
        {
            var at = offset & ~3;
            if(at >= FirstCounter)
            {
                var counter = (at - FirstCounter) / CounterBytes;
                if(counter < counters.Length)
                {
                    counters[counter].Write(at % CounterBytes, offset, size, value);
                }
                return;
            }
            var word = Words.Merge(0, offset, size, value);
            var before = Those(counter => counter.IsEnabled);
            var after = at == Ctrl ? word : at == CtrlClear ? before & ~word : before | word;
            for(var number = 0; number < counters.Length; number++)
            {
                if(at <= CtrlSet && ((before ^ after) >> number & 1) != 0)
                {
                    counters[number].Enable((after >> number & 1) != 0);
                }
                else if(CmdCapture <= at && at <= CmdStart && (word >> number & 1) != 0)
                {
                    counters[number].Command(at);
                }
            }
        }

        private uint Those(Func<Counter, bool> condition)
        {
            var word = 0u;
            for(var number = 0; number < counters.Length; number++)
            {
                word |= condition(counters[number]) ? 1u << number : 0;
            }
            return word;
        }

        private readonly Counter[] counters;

        private const long Ctrl = 0x0, CtrlClear = 0x4, CtrlSet = 0x8, IntrCause = 0x1C, FirstCounter = 0x100, CounterBytes = 0x40;
        private const long CmdCapture = 0xC, CmdReload = 0x10, CmdStop = 0x14, CmdStart = 0x18;

        private sealed class Counter
        {
            public Counter(IMachine machine, IPeripheral owner, ulong frequency, int bits, IGPIO line)
            {
                top = bits == 32 ? uint.MaxValue : (1u << bits) - 1;
                this.line = line;
                ticks = new Ticks(machine, owner, frequency, Fire);
                Reset();
            }

            public void Reset()
            {
                words = new Dictionary<long, uint>
                {
                    { Control, 0 }, { Compare, top }, { CompareBuffer, uint.MaxValue }, { Period, top }, { PeriodBuffer, uint.MaxValue },
                    { 0x20, 0x10 }, { 0x24, 0x3FF }, { 0x28, 0x3F }, { IntrMask, 0 },
                };
                IsEnabled = false;
                isRunning = false;
                requests = 0;
                count = 0;
                ticks.Reset();
                line.Unset();
            }

            public bool IsEnabled { get; private set; }

            public ulong Frequency
            {
                get => ticks.Frequency;
                set
                {
                    CatchUp();
                    ticks.Frequency = value;
                    Update();
                }
            }

            public uint Read(long register)
            {
                CatchUp();
                switch(register)
                {
                case Status: return isRunning ? 1u << 31 : 0;
                case Value: return count;
                case Intr: return requests;
                case IntrMasked: return requests & words[IntrMask];
                default: return words.TryGetValue(register, out var word) ? word : 0;
                }
            }

            public void Write(long register, long offset, int size, uint value)
            {
                CatchUp();
                if(register == Value)
                {
                    count = Words.Merge(count, offset, size, value) & top;
                    ticks.DropRest();
                }
                else if(register == Intr)
                {
                    requests &= ~Words.Merge(0, offset, size, value);
                }
                else if(register == IntrSet)
                {
                    requests |= Words.Merge(0, offset, size, value);
                }
                else if(words.TryGetValue(register, out var before))
                {
                    var written = Words.Merge(before, offset, size, value);
                    words[register] = Compare <= register && register <= PeriodBuffer ? written & top : written;
                }
                Update();
            }

            public void Enable(bool on)
            {
                CatchUp();
                IsEnabled = on;
                isRunning &= on;
                Update();
            }

            // A software trigger. A reload starts the counter, too.
            public void Command(long command)
            {
                CatchUp();
                if(!IsEnabled)
                {
                    return;
                }
                if(command == CmdCapture)
                {
                    words[CompareBuffer] = words[Compare];
                    words[Compare] = count;
                    requests |= CompareRequest;
                }
                else
                {
                    if(command == CmdReload)
                    {
                        count = 0;
                        ticks.DropRest();
                    }
                    isRunning = command != CmdStop;
                }
                Update();
            }

            private void CatchUp()
            {
                if(!isRunning)
                {
                    ticks.Skip();
                    return;
                }
                var counts = ticks.Take(Prescale);
                while(counts > 0 && isRunning)
                {
                    var toWrap = (ulong)Limit - count + 1;
                    var step = Math.Min(counts, toWrap);
                    if(count < words[Compare] && words[Compare] <= Math.Min(count + step, Limit))
                    {
                        requests |= CompareRequest;
                    }
                    counts -= step;
                    count += (uint)step;
                    if(step == toWrap)
                    {
                        count = 0;
                        requests |= TerminalRequest;
                        isRunning = (words[Control] & OneShot) == 0;
                        var period = (ulong)words[Period] + 1;
                        // Whole periods change nothing but what the next one does, too.
                        counts -= counts >= 2 * period ? counts / period * period - period : 0;
                    }
                }
            }

            private void Update()
            {
                line.Set((requests & words[IntrMask]) != 0);
                var waiting = words[IntrMask] & ~requests;
                if(!isRunning || waiting == 0)
                {
                    ticks.Cancel();
                    return;
                }
                var counts = (ulong)Limit - count + 1;
                if((waiting & CompareRequest) != 0 && count < words[Compare] && words[Compare] <= Limit)
                {
                    counts = Math.Min(counts, words[Compare] - count);
                }
                ticks.Schedule(counts, Prescale);
            }

            private void Fire()
            {
                CatchUp();
                Update();
            }

            private ulong Prescale => 1u << (int)(words[Control] >> 8 & 7);

            // The count after which the counter starts anew. Set beyond the period, it runs to its top first.
            private uint Limit => count <= words[Period] ? words[Period] : top;

            private uint count;
            private uint requests;
            private bool isRunning;
            private Dictionary<long, uint> words;
            private readonly uint top;
            private readonly IGPIO line;
            private readonly Ticks ticks;

            public const long IntrMasked = 0x3C;
            private const long Control = 0x0, Status = 0x4, Value = 0x8, Compare = 0xC, CompareBuffer = 0x10, Period = 0x14, PeriodBuffer = 0x18;
            private const long Intr = 0x30, IntrSet = 0x34, IntrMask = 0x38;
            private const uint TerminalRequest = 1, CompareRequest = 2, OneShot = 1 << 18;
        }
    }

    // A serial port that takes no time. What comes from outside waits in a queue: nothing overruns.
    public abstract class Port : UARTBase, IDoubleWordPeripheral, IWordPeripheral, IBytePeripheral, IKnownSize
    {
        public uint ReadDoubleWord(long offset) => Read(offset, 4);

        public ushort ReadWord(long offset) => (ushort)Read(offset, 2);

        public byte ReadByte(long offset) => (byte)Read(offset, 1);

        public void WriteDoubleWord(long offset, uint value) => Write(offset, 4, value);

        public void WriteWord(long offset, ushort value) => Write(offset, 2, value);

        public void WriteByte(long offset, byte value) => Write(offset, 1, value);

        public long Size { get; }

        public GPIO IRQ { get; } = new GPIO();

        // Of the kernel clock: it decides what rate the port says that it has.
        public ulong Frequency { get; set; }

        public override Bits StopBits => Bits.One;

        public override Parity ParityBit => Parity.None;

        protected Port(IMachine machine, long size, ulong frequency) : base(machine)
        {
            Size = size;
            Frequency = frequency;
        }

        protected abstract uint Read(long offset, int size);

        protected abstract void Write(long offset, int size, uint value);

        protected abstract void UpdateLine();

        protected override void CharWritten() => UpdateLine();

        protected override void QueueEmptied()
        {
        }
    }

    // An STM32 USART or LPUART, as simtiny.machine.peripherals.stm32.usart is: with SR and DR, or with ISR, RDR and TDR.
    public sealed class Usart : Port
    {
        public Usart(IMachine machine, long size, ulong frequency, bool hasStatusRegister = false, bool lowPower = false) : base(machine, size, frequency)
        {
            layout = hasStatusRegister
                ? new[] { UsartRegister.Isr, UsartRegister.Rdr, UsartRegister.Brr, UsartRegister.Cr1, UsartRegister.Cr2, UsartRegister.Cr3, UsartRegister.Gtpr }
                : new[]
                {
                    UsartRegister.Cr1, UsartRegister.Cr2, UsartRegister.Cr3, UsartRegister.Brr, UsartRegister.Gtpr, UsartRegister.Rtor,
                    UsartRegister.Rqr, UsartRegister.Isr, UsartRegister.Icr, UsartRegister.Rdr, UsartRegister.Tdr, UsartRegister.Presc
                };
            hasFifo = !hasStatusRegister;
            this.lowPower = lowPower;
            enable = hasStatusRegister ? 1u << 13 : 1;
            Reset();
        }

        public override void Reset()
        {
            Array.Clear(words, 0, words.Length);
            complete = Tc;
            idle = 0;
            base.Reset();
            UpdateLine();
        }

        public override uint BaudRate
        {
            get
            {
                var divider = this[UsartRegister.Brr];
                var clock = Frequency / (hasFifo ? Prescalers[this[UsartRegister.Presc] & 0xF] : 1);
                if(lowPower)
                {
                    clock *= 256;
                }
                else if((this[UsartRegister.Cr1] & Over8) != 0)
                {
                    divider = divider & ~0xFu | (divider & 7) << 1;
                    clock *= 2;
                }
                return divider == 0 ? 0 : (uint)(clock / divider);
            }
        }

        protected override uint Read(long offset, int size)
        {
            var register = At(offset);
            switch(register)
            {
            case UsartRegister.Isr:
                return Words.Lane(status, offset, size);
            case UsartRegister.Rdr:
                return Words.Lane(Receive(), offset, size);
            default:
                return Words.Lane(this[register], offset, size);
            }
        }

        protected override void Write(long offset, int size, uint value)
        {
            var register = At(offset);
            switch(register)
            {
            case UsartRegister.Rdr:
                if(!hasFifo)
                {
                    Transmit((byte)value);
                }
                break;
            case UsartRegister.Tdr:
                Transmit((byte)value);
                break;
            case UsartRegister.Icr:
                Clear(Words.Merge(0, offset, size, value));
                break;
            case UsartRegister.Isr:
                Clear(hasFifo ? 0 : ~Words.Merge(uint.MaxValue, offset, size, value));
                break;
            case UsartRegister.Rqr:
                if((Words.Merge(0, offset, size, value) & Rxfrq) != 0)
                {
                    ClearBuffer();
                }
                break;
            case UsartRegister.None:
                break;
            default:
                words[(int)register] = Words.Merge(this[register], offset, size, value);
                break;
            }
            UpdateLine();
        }

        // What a program polls is worked out when something changes.
        protected override void UpdateLine()
        {
            status = Status();
            var control = this[UsartRegister.Cr1];
            // IDLE, RXNE, TC and TXE stand at the bit of their enable in CR1.
            var level = (status & control & (Idle | Rxne | Tc | Txe)) != 0;
            if(hasFifo && (control & Fifoen) != 0)
            {
                var control3 = this[UsartRegister.Cr3];
                level |= (control & Txfeie) != 0 || (control3 & Txftie) != 0;
                level |= (control & Rxffie) != 0 && (status & Rxff) != 0 || (control3 & Rxftie) != 0 && (status & Rxft) != 0;
            }
            IRQ.Set(level && (control & enable) != 0);
        }

        private UsartRegister At(long offset) => offset / 4 < layout.Length ? layout[offset / 4] : UsartRegister.None;

        private uint Receive()
        {
            if(!Receives || !TryGetCharacter(out var character))
            {
                return 0;
            }
            idle = hasFifo ? idle : 0;
            idle = Count == 0 ? Idle : idle;
            UpdateLine();
            return character;
        }

        private void Transmit(byte character)
        {
            if((this[UsartRegister.Cr1] & enable) == 0 || (this[UsartRegister.Cr1] & Te) == 0)
            {
                this.Log(LogLevel.Warning, "data was written with the transmitter disabled: lost");
                return;
            }
            complete = Tc;
            TransmitCharacter(character);
        }

        private void Clear(uint flags)
        {
            complete &= ~flags;
            idle &= ~flags;
        }

        private uint Status()
        {
            var waiting = Receives ? Count : 0;
            var flags = Txe | complete | idle | (waiting > 0 ? Rxne : 0);
            if(!hasFifo)
            {
                return flags;
            }
            flags |= (this[UsartRegister.Cr1] & enable) != 0 && (this[UsartRegister.Cr1] & Te) != 0 ? Teack : 0;
            flags |= Receives ? Reack : 0;
            if((this[UsartRegister.Cr1] & Fifoen) != 0)
            {
                flags |= Txfe | Txft;
                flags |= waiting >= FifoDepth ? Rxff : 0;
                flags |= waiting >= Thresholds[this[UsartRegister.Cr3] >> 25 & 7] ? Rxft : 0;
            }
            return flags;
        }

        private bool Receives => (this[UsartRegister.Cr1] & enable) != 0 && (this[UsartRegister.Cr1] & Re) != 0;

        private uint this[UsartRegister register] => words[(int)register];

        private uint status;
        private uint complete;
        private uint idle;
        private readonly UsartRegister[] layout;
        private readonly uint[] words = new uint[(int)UsartRegister.None + 1];
        private readonly bool hasFifo;
        private readonly bool lowPower;
        private readonly uint enable;

        private const int FifoDepth = 8;
        private const uint Re = 1 << 2, Te = 1 << 3, Over8 = 1 << 15, Fifoen = 1 << 29, Txfeie = 1 << 30, Rxffie = 1u << 31;
        private const uint Txftie = 1 << 23, Rxftie = 1 << 28, Rxfrq = 1 << 3;
        private const uint Idle = 1 << 4, Rxne = 1 << 5, Tc = 1 << 6, Txe = 1 << 7;
        private const uint Teack = 1 << 21, Reack = 1 << 22, Txfe = 1 << 23, Rxff = 1 << 24, Rxft = 1 << 26, Txft = 1 << 27;
        private static readonly int[] Thresholds = { 1, 2, 4, 6, 7, 8, 8, 8 };
        private static readonly uint[] Prescalers = { 1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256, 256, 256, 256, 256 };

        // The older generation's SR stands in the place of ISR, its DR in that of RDR.
        private enum UsartRegister
        {
            Cr1, Cr2, Cr3, Brr, Gtpr, Rtor, Rqr, Isr, Icr, Rdr, Tdr, Presc, None
        }
    }

    // A PSoC 6 serial communication block as UART, as simtiny.machine.peripherals.psoc6.scb_uart is.
    public sealed class Psoc6Uart : Port
    {
        public Psoc6Uart(IMachine machine, long size, ulong frequency, string table = "") : base(machine, size, frequency)
        {
            words = new Words(table);
            Reset();
        }

        public override void Reset()
        {
            base.Reset();
            words.Reset();
            latchedTx = 0;
            latchedRx = 0;
            IRQ.Unset();
        }

        public override uint BaudRate => (uint)(Frequency / ((words[Ctrl] & 0xF) + 1));

        protected override uint Read(long offset, int size) => Words.Lane(Word(offset & ~3), offset, size);

        protected override void Write(long offset, int size, uint value)
        {
            var at = offset & ~3;
            var written = Words.Merge(0, offset, size, value);
            switch(at)
            {
            case TxFifoWrite:
                Transmit((byte)value);
                break;
            case IntrTx:
                latchedTx &= ~written;
                break;
            case IntrRx:
                latchedRx &= ~written;
                break;
            case IntrTx + 4:
                latchedTx |= written;
                break;
            case IntrRx + 4:
                latchedRx |= written;
                break;
            default:
                words.Write(offset, size, value);
                if(at == RxFifoCtrl && (words[RxFifoCtrl] & FifoClear) != 0)
                {
                    ClearBuffer();
                }
                break;
            }
            UpdateLine();
        }

        public override void WriteChar(byte value)
        {
            lock(innerLock)
            {
                arrived.Enqueue(value);
                base.WriteChar(value);
            }
        }

        protected override void QueueEmptied() => arrived.Clear();

        protected override void UpdateLine() => IRQ.Set(MaskedTx != 0 || MaskedRx != 0);

        private uint Word(long at)
        {
            switch(at)
            {
            case TxFifoStatus: return 0;
            case RxFifoStatus: return (uint)Waiting | (Waiting > 0 ? 1u << 15 : 0);
            case RxFifoRead: return Receive();
            case RxFifoReadSilent: return Waiting > 0 ? First : 0u;
            case IntrTx: return RequestsTx;
            case IntrRx: return RequestsRx;
            case IntrTx + 0xC: return MaskedTx;
            case IntrRx + 0xC: return MaskedRx;
            case IntrCause: return (MaskedTx != 0 ? 1u << 2 : 0) | (MaskedRx != 0 ? 1u << 3 : 0);
            default: return words[at];
            }
        }

        private uint Receive()
        {
            byte character;
            lock(innerLock)
            {
                if(Waiting == 0 || !TryGetCharacter(out character))
                {
                    latchedRx |= RxUnderflow;
                    return uint.MaxValue;
                }
                if(arrived.Count > 0)
                {
                    arrived.Dequeue();
                }
            }
            UpdateLine();
            return character;
        }

        private byte First
        {
            get
            {
                lock(innerLock)
                {
                    return arrived.Count > 0 ? arrived.Peek() : (byte)0;
                }
            }
        }

        private void Transmit(byte character)
        {
            if(!IsEnabled)
            {
                this.Log(LogLevel.Warning, "data was written with the block disabled: lost");
                return;
            }
            latchedTx |= TxDone;
            TransmitCharacter(character);
        }

        private bool IsEnabled => (words[Ctrl] & 1u << 31) != 0;

        private int Depth => (words[Ctrl] & 1 << 11) != 0 ? 128 : 64;

        private int Waiting => IsEnabled ? Math.Min(Count, Depth) : 0;

        private uint RequestsTx => latchedTx | (IsEnabled ? TxNotFull | TxEmpty | ((words[TxFifoCtrl] & TriggerLevel) != 0 ? Trigger : 0) : 0);

        private uint RequestsRx => latchedRx | (Waiting > 0 ? RxNotEmpty : 0) | (Waiting == Depth ? RxFull : 0) | (Waiting > (words[RxFifoCtrl] & TriggerLevel) ? Trigger : 0);

        private uint MaskedTx => RequestsTx & words[IntrTx + 8];

        private uint MaskedRx => RequestsRx & words[IntrRx + 8];

        private uint latchedTx;
        private uint latchedRx;
        private readonly Words words;
        private readonly Queue<byte> arrived = new Queue<byte>();  // as the base has them, which can't be looked at to 1.15

        private const long Ctrl = 0x0, TxFifoCtrl = 0x204, TxFifoStatus = 0x208, TxFifoWrite = 0x240;
        private const long RxFifoCtrl = 0x304, RxFifoStatus = 0x308, RxFifoRead = 0x340, RxFifoReadSilent = 0x344;
        private const long IntrCause = 0xE00, IntrTx = 0xF80, IntrRx = 0xFC0;
        private const uint TriggerLevel = 0xFF, FifoClear = 1 << 16, Trigger = 1 << 0, TxNotFull = 1 << 1, TxEmpty = 1 << 4, TxDone = 1 << 9;
        private const uint RxNotEmpty = 1 << 2, RxFull = 1 << 3, RxUnderflow = 1 << 6;
    }
}
