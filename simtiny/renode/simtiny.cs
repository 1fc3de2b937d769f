// simtiny in Renode: writes down what a Cortex-M does, as a stream that simtiny counts and prices (docs/stream-format.md).
//
//     include @simtiny.cs
//     cpu SimtinyRecord @trace
//
// It needs no change to Renode: tlib's callbacks are attached to in place of Renode's own, which takes a quarter of the
// time of the public hooks; where their slots are missing the public hooks serve.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Linq.Expressions;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

using AntShell.Commands;

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.CPU;
using Antmicro.Renode.Peripherals.UART;
using Antmicro.Renode.Time;
using Antmicro.Renode.UserInterface;
using Antmicro.Renode.UserInterface.Commands;
using Antmicro.Renode.UserInterface.Tokenizer;
using Antmicro.Renode.Utilities;

namespace Antmicro.Renode.Simtiny
{
    // Commands for Renode's monitor.
    public static class SimtinyCommands
    {
        // Write what the core does to a file, from now on. To be called before the emulation starts. `board`: simtiny's name
        // of it. `image`: the firmware's ELF. Reports need the first, and name functions by the second.
        public static void SimtinyRecord(this TranslationCPU cpu, string path, string board = "", string image = "")
        {
            Recorder.CheckFree(cpu, "SimtinyRecord");
            if(cpu.ExecutedInstructions > 0)
            {
                cpu.Log(LogLevel.Warning, "simtiny: it has run already: what the firmware has set before, such as clocks, is not in the trace");
            }
            Stream file;
            try
            {
                file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read);
            }
            catch(Exception error) when(error is IOException || error is UnauthorizedAccessException || error is ArgumentException || error is NotSupportedException)
            {
                throw new RecoverableException("SimtinyRecord: " + error.Message);
            }
            Recorder.Start(cpu, file, board, null).Report = new Report(path, board, image);
        }

        // Tell simtiny what the core does, and do what it says: `port` of this computer is where it listens.
        public static void SimtinyConnect(this TranslationCPU cpu, int port)
        {
            Recorder.CheckFree(cpu, "SimtinyConnect");
            try
            {
                var client = new TcpClient("127.0.0.1", port) { NoDelay = true };
                Recorder.Start(cpu, client.GetStream(), "", new Host(client.GetStream()));
            }
            catch(SocketException error)
            {
                throw new RecoverableException("SimtinyConnect: " + error.Message);
            }
        }

        // What matters, as rules parted by commas; without any, all is written down. `loads BASE SIZE`, `stores BASE SIZE`:
        // accesses there; `reads BASE SIZE`: reads of registers there; `watch ADDRESS`: SP and LR before the block there;
        // `call ADDRESS`: the same, and before the block that it returns to; `lines BASE SIZE`: simtiny is told when a line
        // feed is written to a register there. To be called before SimtinyRecord or SimtinyConnect.
        public static void SimtinyFilter(this TranslationCPU cpu, string rules)
        {
            Recorder.Filters[cpu] = Filter.Parse(rules);
        }

        // Put a mark here, where a window may begin or end. Gives its number.
        public static long SimtinyMark(this TranslationCPU cpu)
        {
            using(Paused(cpu))
            {
                return Recorder.Of(cpu).Mark();
            }
        }

        // End the stream.
        public static void SimtinyStop(this TranslationCPU cpu)
        {
            using(Paused(cpu))
            {
                var recorder = Recorder.Of(cpu);
                recorder.Stop();
                recorder.CheckWritten();
            }
        }

        // Cycles on the board of what was recorded so far.
        public static string SimtinyCycles(this TranslationCPU cpu)
        {
            return Recorder.Last(cpu).Priced(report => report.Cycles());
        }

        // While nothing is recorded. In a hook of its own the core stands still anyway.
        private static IDisposable Paused(TranslationCPU cpu)
        {
            return cpu.OnPossessedThread ? null : cpu.GetMachine().ObtainPausedState(true);
        }
    }

    // `simtiny Report` in the monitor: what simtiny says of all that was recorded so far.
    public sealed class SimtinyCommand : AutoLoadCommand
    {
        public SimtinyCommand(Monitor monitor) : base(monitor, "simtiny", "prices what is recorded: simtiny Report")
        {
        }

        [Runnable]
        public void Run(ICommandInteraction writer, LiteralToken word)
        {
            if(word.Value != "Report")
            {
                writer.WriteError("simtiny: the word is Report");
                return;
            }
            var all = Recorder.All();
            if(all.Length == 0)
            {
                writer.WriteError("nothing is recorded: call SimtinyRecord first");
                return;
            }
            foreach(var recorder in all)
            {
                writer.WriteLine(recorder.Priced(report => report.Text()));
            }
        }

        [Runnable]
        public void Run(ICommandInteraction writer)
        {
            writer.WriteLine("simtiny Report: what simtiny says of all that was recorded so far");
        }
    }

    // What simtiny says of a file: it is the program that the environment's SIMTINY names, or else `simtiny` on PATH.
    internal sealed class Report
    {
        internal Report(string path, string board, string image)
        {
            this.path = path;
            this.board = board;
            this.image = image;
        }

        internal string Cycles()
        {
            var found = Regex.Match(Said("--json", "-"), "^    \"cycles\": ([0-9]+)", RegexOptions.Multiline);
            if(!found.Success)
            {
                throw new RecoverableException("simtiny told no cycles");
            }
            return found.Groups[1].Value;
        }

        internal string Text()
        {
            return Said();
        }

        private string Said(params string[] options)
        {
            if(board == "")
            {
                throw new RecoverableException("which board? SimtinyRecord takes its name as second argument: cpu SimtinyRecord @trace \"nucleo-l4r5zi\"");
            }
            var words = new List<string> { "price", path, "--board", board };
            if(image != "")
            {
                words.AddRange(new[] { "--image", image });
            }
            var program = Environment.GetEnvironmentVariable("SIMTINY");
            program = String.IsNullOrEmpty(program) ? "simtiny" : program;
            var start = new ProcessStartInfo(program, String.Join(" ", words.Concat(options).Select(word => "\"" + word.Replace("\"", "\\\"") + "\"")))
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardOutputEncoding = Encoding.UTF8,
            };
            start.EnvironmentVariables["PYTHONIOENCODING"] = "utf-8";
            try
            {
                using(var process = Process.Start(start))
                {
                    var errors = process.StandardError.ReadToEndAsync();
                    var output = process.StandardOutput.ReadToEnd();
                    process.WaitForExit();
                    if(process.ExitCode != 0)
                    {
                        throw new RecoverableException("simtiny: " + errors.Result.Trim());
                    }
                    return output;
                }
            }
            catch(System.ComponentModel.Win32Exception)
            {
                throw new RecoverableException("there is no program '" + program + "': install simtiny, or set SIMTINY to its path before Renode starts");
            }
        }

        private readonly string path, board, image;
    }

    internal sealed class Filter
    {
        internal readonly byte[] Pages = new byte[1 << 20];  // by 4 KiB what matters there: Loads, Stores...
        internal bool BlocksAlone;
        internal readonly HashSet<uint> Watched = new HashSet<uint>();
        internal readonly HashSet<uint> Called = new HashSet<uint>();

        internal const byte Loads = 1, Stores = 2, Reads = 4, Lines = 8, Code = 16;

        internal static Filter All()
        {
            var all = new Filter();
            for(var page = 0; page < all.Pages.Length; page++)
            {
                all.Pages[page] = Loads | Stores | Reads;
            }
            return all;
        }

        internal static Filter Parse(string rules)
        {
            var filter = new Filter();
            foreach(var rule in rules.Split(new[] { ',' }, StringSplitOptions.RemoveEmptyEntries))
            {
                var words = rule.Split(new[] { ' ' }, StringSplitOptions.RemoveEmptyEntries);
                try
                {
                    filter.Add(words[0], words.Skip(1).Select(Number).ToArray());
                }
                catch(Exception error) when(error is FormatException || error is OverflowException || error is IndexOutOfRangeException)
                {
                    throw new RecoverableException("SimtinyFilter: the rule '" + rule.Trim() + "' is none");
                }
            }
            return filter;
        }

        private void Add(string rule, uint[] numbers)
        {
            switch(rule)
            {
            case "loads": SetPages(numbers[0], numbers[1], Loads); break;
            case "stores": SetPages(numbers[0], numbers[1], Stores); break;
            case "reads": SetPages(numbers[0], numbers[1], Reads); break;
            case "watch": Watched.Add(numbers[0] & ~1u); break;
            case "call": Called.Add(numbers[0] & ~1u); break;
            case "blocks": BlocksAlone = true; break;
            case "lines": SetPages(numbers[0], numbers[1], Lines); break;
            default: throw new FormatException();
            }
        }

        private void SetPages(uint start, uint size, byte what)
        {
            for(var page = start >> 12; size > 0 && page <= (start + size - 1) >> 12; page++)
            {
                Pages[page] |= what;
            }
        }

        private static uint Number(string text)
        {
            return text.StartsWith("0x") ? uint.Parse(text.Substring(2), NumberStyles.HexNumber) : uint.Parse(text);
        }
    }

    // What is known of 4 KiB of code.
    internal sealed class CodePage
    {
        internal readonly uint[] Blocks = new uint[2048];  // by halfword: instructions << 16 | bytes | IsOpen, HasCuts
        internal readonly bool[] Starts = new bool[2048];  // whether an instruction begins there
        internal readonly bool[] IsCode = new bool[2048];
        internal readonly byte[] Widths = new byte[2048];  // bytes of each access of the load or store that begins there, or OfDivide
        internal byte[] Now;  // what stands there
        internal byte[] Written;  // and what the stream has
        internal bool IsOverwritten;  // since `Now` was read
        internal bool IsForgotten;  // what stands in `Starts` and `IsCode`
    }

    // Writes down what one core does.
    internal sealed class Recorder
    {
        internal static readonly Dictionary<TranslationCPU, Filter> Filters = new Dictionary<TranslationCPU, Filter>();

        private static readonly Dictionary<TranslationCPU, Recorder> recorders = new Dictionary<TranslationCPU, Recorder>();

        // That which records the core now.
        internal static Recorder Of(TranslationCPU cpu)
        {
            var found = Last(cpu);
            if(found.hasEnded)
            {
                found.CheckWritten();
                throw new RecoverableException("the trace has ended already");
            }
            return found;
        }

        // That which records the core, or did last.
        internal static Recorder Last(TranslationCPU cpu)
        {
            Recorder found;
            if(!recorders.TryGetValue(cpu, out found))
            {
                throw new RecoverableException("nothing is recorded of this core: call SimtinyRecord first");
            }
            return found;
        }

        internal static Recorder[] All()
        {
            return recorders.Values.Where(each => each.Report != null).ToArray();
        }

        internal static void CheckFree(TranslationCPU cpu, string command)
        {
            if(!(cpu is CortexM))
            {
                throw new RecoverableException(command + ": it is for Cortex-M, and this core is none");
            }
            Recorder found;
            if(recorders.TryGetValue(cpu, out found) && !found.hasEnded)
            {
                throw new RecoverableException(command + ": this core is being recorded: call SimtinyStop first");
            }
        }

        internal static Recorder Start(TranslationCPU cpu, Stream sink, string board, Host host)
        {
            Filter filter;
            if(!Filters.TryGetValue(cpu, out filter))
            {
                filter = Filter.All();
            }
            return recorders[cpu] = new Recorder(cpu, sink, board, filter, host);
        }

        internal void CheckWritten()
        {
            if(writer.Failure != null)
            {
                throw new RecoverableException("the trace could not be written: " + writer.Failure);
            }
        }

        // Where its file is; null if it has none.
        internal Report Report { get; set; }

        // What is said of the file as if it ended here.
        internal string Priced(Func<Report, string> say)
        {
            if(Report == null)
            {
                throw new RecoverableException("what this core does is not recorded in a file");
            }
            CheckWritten();
            if(hasEnded)
            {
                return say(Report);
            }
            using(cpu.GetMachine().ObtainPausedState(true))
            {
                Flush();
                return writer.WithEnd(marks, cpu.ExecutedInstructions, () => say(Report));
            }
        }

        private Recorder(TranslationCPU cpu, Stream sink, string board, Filter filter, Host host)
        {
            this.cpu = cpu;
            this.filter = filter;
            this.host = host;
            bus = cpu.GetMachine().SystemBus;
            writer = new StreamWriter(sink);
            slots = new Slots(cpu);
            asleepSince = cpu.TimeHandle == null ? 0 : cpu.TimeHandle.TotalElapsedTime.TotalNanoseconds;
            writer.Header(board, "", new Dictionary<string, string>
            {
                { "engine", EmulationManager.Instance.VersionString },
                { "time", "its own" },
                { "hooks", slots.AreThere ? "slots" : "public" },
            });
            limit = Capacity;
            Ask("start");
            filter = this.filter;
            matters = filter.Pages;
            usualBlockSize = (uint)cpu.MaximumBlockSize;
            setMaximumBlockSize = typeof(TranslationCPU).GetField("TlibSetMaximumBlockSize", BindingFlags.Instance | BindingFlags.NonPublic)?.GetValue(cpu) as Func<uint, uint>;
            isStepping = !slots.AreThere || setMaximumBlockSize == null || !Slots.TellsWidth && !filter.BlocksAlone;
            if(isStepping)
            {
                cpu.MaximumBlockSize = 1;
                slots.Attach(BeginStep, filter.BlocksAlone ? null : (Slots.AccessCallback)AccessInStep);
            }
            else
            {
                slots.Attach(Begin, filter.BlocksAlone ? null : (Slots.AccessCallback)Access);
            }
            cpu.AddHookAtInterruptBegin(InterruptBegins);
            cpu.AddHookAtInterruptEnd(InterruptEnds);
            cpu.AddHookAtWfiStateChange(WaitsForInterrupt);
            foreach(var address in filter.Watched)
            {
                cpu.AddHook(address, IsPassed);
            }
            foreach(var address in filter.Called)
            {
                cpu.AddHook(address, IsCalled);
            }
            cpu.GetMachine().MachineReset += _ =>
            {
                CloseBlock();
                isEntering = false;
                sleeps++;  // so that `AskLater` does not ask for it
                Put(Reset, 0, 0, 0);
                if(host != null)
                {
                    left = limit = 0;  // simtiny is asked: it may be one too many
                }
            };
            cpu.GetMachine().StateChanged += (_, change) =>
            {
                if(change.CurrentState == MachineStateChangedEventArgs.State.Disposed)
                {
                    recorders.Remove(cpu);
                    Filters.Remove(cpu);
                    End();  // its core can't be asked any more
                }
                else if(!hasEnded)
                {
                    instructions = cpu.ExecutedInstructions;
                }
            };
            AppDomain.CurrentDomain.ProcessExit += EndsWithProcess;
        }

        internal long Mark()
        {
            isOpen = false;  // what goes on behind it is counted behind it
            Put(MarkHere, 0, 0, marks);
            return marks++;
        }

        internal void Stop()
        {
            if(!hasEnded)
            {
                instructions = cpu.ExecutedInstructions;
                End();
            }
        }

        private void EndsWithProcess(object _, EventArgs __)
        {
            End();
        }

        private void End()
        {
            if(hasEnded)
            {
                return;
            }
            CloseBlock();
            Flush();
            hasEnded = true;
            writer.End(marks, instructions);
            AppDomain.CurrentDomain.ProcessExit -= EndsWithProcess;  // which would keep all this
            if(host == null)
            {
                writer.Close();
            }
        }

        // --- what tlib calls ------------------------------------------------------------------------------------

        // A block of `count` instructions begins.
        private uint Begin(ulong address, uint count)
        {
            if(slots.IsAnyHookOff())
            {
                slots.TurnHooksOn(address, count);
            }
            if(count == 0 || hasEnded)  // it is stopped before its first instruction, by an address hook
            {
                return 1;
            }
            var begin = (uint)address & ~1u;
            if(begin == cutAt)
            {
                setMaximumBlockSize(usualBlockSize);
                cutAt = 1;
            }
            var goesOn = begin == end && isOpen;  // what a time quantum or a hook has cut
            if(used >= limit && !goesOn && !isEntering)  // a LEAVE that becomes a tail-chained ENTER is still here then
            {
                beginning = begin;
                Due();
                beginning = 1;
            }
            var page = pages[begin >> 12];
            var block = page == null ? 0 : page.Blocks[(begin & 0xFFF) >> 1];
            if(block >> 16 != count)
            {
                block = Learn(begin, count);
                if(block == 0)
                {
                    return 0;  // it has to be translated anew: hooks were added
                }
            }
            if(restAt != 0)
            {
                BeginPieces(uint.MaxValue);
            }
            if(isSpecial)
            {
                BeforeBlock(begin);
            }
            if(goesOn)
            {
                words[sizeAt] += block & SizeMask;
            }
            else
            {
                words[used] = Block | (long)begin << 32;
                sizeAt = used + 1;
                words[sizeAt] = block & SizeMask;
                used += 2;
            }
            end = begin + (block & SizeMask);
            isOpen = (block & IsOpen) != 0;
            if((block & HasCuts) != 0)
            {
                cuts = cutsOf[(ulong)begin << 16 | count];
                cut = 0;
                restAt = cuts[0];
                words[sizeAt] -= end - restAt;
            }
            isInBlock = true;
            lastAccess = 1;
            if(pages[begin >> 12].Widths[(begin & 0xFFF) >> 1] == OfDivide)
            {
                PutDivide(begin);
            }
            return 1;
        }

        // A block of one instruction begins: so it is where Renode does not tell of accesses which instruction makes them,
        // as to 1.15, and where it does not have a block translated anew, as by its public hooks.
        private uint BeginStep(ulong address, uint count)
        {
            var goesOn = Begin(address, count);
            if(count == 0 || hasEnded)
            {
                return goesOn;
            }
            step = (uint)address & ~1u;
            return goesOn;
        }

        private void AccessInStep(ulong _, uint operation, ulong address, uint width, ulong value)
        {
            var page = pages[step >> 12];
            var known = page == null ? (byte)4 : page.Widths[(step & 0xFFF) >> 1];
            Access(step, operation, address, width != 0 ? width : Math.Min(known, 4u), value);
        }

        // An instruction accesses memory or a register.
        private void Access(ulong pc, uint operation, ulong virtualAddress, uint width, ulong value)
        {
            var address = (uint)virtualAddress;
            var page = matters[address >> 12];
            if(operation == MemoryRead)  // most accesses are such, and most of these are to RAM
            {
                if((page & Filter.Loads) == 0 && (address & (width - 1)) == 0)
                {
                    return;
                }
            }
            else if(operation == MemoryWrite)
            {
                if((page & (Filter.Stores | Filter.Code)) == 0)
                {
                    return;
                }
                if((page & Filter.Code) != 0)
                {
                    Overwrite(address, width);
                    if((page & Filter.Stores) == 0)
                    {
                        return;
                    }
                }
            }
            else
            {
                if(operation != InstructionFetch)
                {
                    BeginPieces((uint)pc & ~1u);
                    AccessRegister(operation == RegisterWrite, page, address, width, value);
                }
                return;
            }
            if(!isInBlock)
            {
                return;  // an exception's frame
            }
            var at = (uint)pc & ~1u;
            var code = pages[at >> 12];
            if(code == null || !code.Starts[(at & 0xFFF) >> 1])
            {
                at -= 2;  // so tlib tells of some instructions of 32 bits
            }
            if(restAt != 0)
            {
                BeginPieces(at);
            }
            if(at == lastAccess)
            {
                return;  // one record for all registers of a multiple load
            }
            lastAccess = at;
            words[used] = AccessAt | (long)at << 32;
            words[used + 1] = address;
            used += 2;
        }

        private void AccessRegister(bool isWrite, byte page, uint address, uint width, ulong value)
        {
            if(hasEnded || !isWrite && ((page & Filter.Reads) == 0 || isAnswered))
            {
                isAnswered = false;
                return;
            }
            var kept = (long)(width >= 4 ? value & 0xFFFFFFFF : value & (1UL << (int)(8 * width)) - 1);
            Put(isWrite ? Write : Read, (int)Math.Min(width, 4), address, kept);
            if(host != null && isWrite && (page & Filter.Lines) != 0 && kept == '\n')
            {
                hasLine = true;
                limit = 0;  // it is told before the next block
            }
        }

        // What a counter of time reads as. `address`: of its register.
        private uint ReadClock(uint address, int width, uint own)
        {
            if(hasEnded || !isInBlock)
            {
                return own;
            }
            if(clockReads++ < MostClockReads)
            {
                Ask("read", address, width);
                clockOffset = clockValue - own;
                isAnswered = true;
                return clockValue;
            }
            return own + clockOffset;  // it waits for a time: that is Renode's own, from there on
        }

        // Renode goes on where simtiny's own machine begins another block: write down such as begin at `at` or before.
        private void BeginPieces(uint at)
        {
            while(restAt != 0 && at >= restAt)
            {
                var begin = restAt;
                cut++;
                restAt = cut < cuts.Length ? cuts[cut] : 0;
                words[used] = Block | (long)begin << 32;
                sizeAt = used + 1;
                words[sizeAt] = (restAt != 0 ? restAt : end) - begin;
                used += 2;
            }
        }

        // --- exceptions and sleep -------------------------------------------------------------------------------

        private void InterruptBegins(ulong index)
        {
            if(index == InterruptIndex)
            {
                isEntering = isSpecial = true;
                CloseBlock();
            }
        }

        private void InterruptEnds(ulong index)
        {
            CloseBlock();
            var exceptionReturn = (uint)cpu.GetRegister(ProgramCounter).RawValue;
            var moves = 0;
            if((exceptionReturn & 0x10) == 0)
            {
                moves = !StacksLazily() ? 1 : (cpu.GetRegister(ControlRegister).RawValue & 4) != 0 ? 2 : 0;
            }
            if(hasEnded)
            {
                return;
            }
            leaveAt = used;
            words[used] = Leave;  // nothing is flushed before it is known what follows
            words[used + 1] = moves;
            used += 2;
        }

        private bool StacksLazily()
        {
            return (bus.ReadDoubleWord(0xE000EF34, cpu) & 0x40000000) != 0;
        }

        // Before the first block of a handler, or one that is watched.
        private void BeforeBlock(uint begin)
        {
            isSpecial = false;
            if(isEntering)
            {
                isEntering = false;
                var number = (int)(((CortexM)cpu).XProgramStatusRegister & 0x1FF);
                var hasFpState = (cpu.GetRegister(LinkRegister).RawValue & 0x10) == 0;
                if(leaveAt == used - 2 && used > 0)
                {
                    used -= 2;  // it was entered from another handler's return
                    Put(Enter, number, 0, TailChained);
                }
                else
                {
                    Put(Enter, number, 0, hasFpState && !StacksLazily() ? StacksFp : 0);
                }
                leaveAt = -1;
                if((number >= HardFault && number <= UsageFault || number == DebugMonitor) && toldFaults < MostToldFaults)
                {
                    toldFaults++;
                    Ask("fault", (uint)number);
                }
            }
            foreach(var frame in frames)
            {
                Put(Frame, 0, frame, (long)cpu.GetRegister(StackPointer).RawValue | (long)cpu.GetRegister(LinkRegister).RawValue << 32);
            }
            frames.Clear();
        }

        private void IsPassed(ICpuSupportingGdb _, ulong address)
        {
            if(!hasEnded)
            {
                frames.Add((uint)address);
                isSpecial = true;
            }
        }

        private void IsCalled(ICpuSupportingGdb _, ulong address)
        {
            IsPassed(_, address);
            var returnsTo = (uint)cpu.GetRegister(LinkRegister).RawValue & ~1u;
            if(returning.Add(returnsTo))
            {
                cpu.AddHook(returnsTo, IsPassed);
            }
        }

        private void WaitsForInterrupt(bool begins)
        {
            sleeps++;  // before time passes, in which `AskLater` may be due
            cpu.SyncTime();
            var now = cpu.TimeHandle.TotalElapsedTime.TotalNanoseconds;
            CloseBlock();
            if(begins)
            {
                asleepSince = now;
                Ask("asleep");
                return;
            }
            Put(Sleep, InNanoseconds, 0, (long)(now - asleepSince));
        }

        // --- code -----------------------------------------------------------------------------------------------

        // What is known of a block that begins for the first time, or with another number of instructions than before.
        // 0: it has to be translated anew.
        private uint Learn(uint begin, uint count)
        {
            var at = begin;
            ushort first = 0, second = 0;
            var inside = new List<uint>();  // where a block begins within this one
            for(var number = 0; number < count; number++)
            {
                if(number > 0 && (EndsBlock(first, second) || Crosses(at)))
                {
                    inside.Add(at);
                }
                var page = PageOf(at);
                first = Halfword(at);
                var isWide = first >> 11 >= 0x1D;
                second = isWide ? Halfword(at + 2) : (ushort)0;
                page.Starts[(at & 0xFFF) >> 1] = true;
                page.IsCode[(at & 0xFFF) >> 1] = true;
                page.Widths[(at & 0xFFF) >> 1] = IsDivide(first, second) ? OfDivide : AccessWidth(first, second);
                if(isWide)
                {
                    PageOf(at + 2).IsCode[((at + 2) & 0xFFF) >> 1] = true;
                    if(at != begin && IsDivide(first, second))
                    {
                        CutAt(at);
                        return 0;
                    }
                }
                at += isWide ? 4u : 2u;
            }
            WriteCode(begin, at - begin);
            var open = !EndsBlock(first, second) && begin >> PageShift == at >> PageShift && !Crosses(at);
            var known = count << 16 | at - begin | (open ? IsOpen : 0) | (inside.Count > 0 ? HasCuts : 0);
            if(inside.Count > 0)
            {
                cutsOf[(ulong)begin << 16 | count] = inside.ToArray();
            }
            PageOf(begin).Blocks[(begin & 0xFFF) >> 1] = known;
            return known;
        }

        private static bool IsDivide(ushort first, ushort second)
        {
            return (first & 0xFFD0) == 0xFB90 && (second & 0xF0F0) == 0xF0F0;
        }

        // Bytes of each access of a load or store: of those of more than four, four.
        private static byte AccessWidth(ushort first, ushort second)
        {
            if(first >> 9 == 0x7C)  // LDRB to STR, of 32 bits
            {
                return (byte)(1 << Math.Min(first >> 5 & 3, 2));
            }
            if((first & 0xFFE0) == 0xE8C0)  // TBB, LDREXB, LDAB and so on
            {
                return (byte)(1 << Math.Min(second >> 4 & 3, 2));
            }
            switch(first >> 12)
            {
            case 5:  // by register
                return widthsByRegister[first >> 9 & 7];
            case 7:
                return 1;
            case 8:
                return 2;
            default:
                return 4;
            }
        }

        private static readonly byte[] widthsByRegister = { 4, 2, 1, 1, 4, 2, 1, 2 };  // STR, STRH, STRB, LDRSB...

        // Whether the instruction there crosses the end of a page.
        private bool Crosses(uint at)
        {
            return (at & (1 << PageShift) - 1) == (1 << PageShift) - 2 && Halfword(at) >> 11 >= 0x1D;
        }

        // Whether a block ends behind this instruction, whatever comes of it.
        private static bool EndsBlock(ushort first, ushort second)
        {
            if(first >> 11 < 0x1D)
            {
                return first >> 12 == 0xD || first >> 11 == 0x1C || first >> 8 == 0xBD || first >> 8 == 0xBE
                    || (first & 0xF500) == 0xB100 || first >> 8 == 0x47 || (first & 0xFD87) == 0x4487
                    || (first & 0xFFE8) == 0xB660 || first == 0xBF20 || first == 0xBF30;
            }
            if((first & 0xF800) == 0xF000 && (second & 0x8000) != 0)
            {
                var isMiscellaneous = (second & 0x5000) == 0 && (first & 0x0380) == 0x0380;
                return !isMiscellaneous || (first & 0xFFE0) != 0xF3E0  // MRS
                    && ((first & 0xFFF0) != 0xF3B0 || (second & 0xF0) == 0x60)  // of the barriers, ISB
                    && ((first & 0xFFF0) != 0xF3A0 || (second & 0x7FF) == 2 || (second & 0x7FF) == 3 || (second & 0x700) != 0);  // of hints, WFE, WFI; CPS
            }
            return (first & 0xFFF0) == 0xE8D0 && (second & 0xFFE0) == 0xF000  // TBB, TBH
                || (first & 0xFFF0) == 0xEEE0 && (second & 0x0F10) == 0x0A10  // VMSR
                || (first & 0xFE50) == 0xE810 && (second & 0x8000) != 0  // LDM with PC
                || (first & 0xFE70) == 0xF850 && second >> 12 == 15;  // LDR to PC
        }

        // A block begins with a divide.
        private void PutDivide(uint at)
        {
            if(IsSkipped(((CortexM)cpu).XProgramStatusRegister))
            {
                return;
            }
            int dividend = Halfword(at) & 15, divisor = Halfword(at + 2) & 15;
            Put(Divide, 0, at, (long)(cpu.GetRegister(dividend).RawValue & 0xFFFFFFFF | cpu.GetRegister(divisor).RawValue << 32));
        }

        // Have a block begin at this divide: its operands are in registers then. With a hook there for good the core would
        // stop, and Renode look through all that is translated, each time it comes by. So what leads to it is translated
        // anew, one instruction a block.
        private void CutAt(uint divide)
        {
            cutAt = divide;
            setMaximumBlockSize(1);
            cpu.AddHook(divide, PassDivide);  // has tlib forget blocks with it
            cpu.ActivateNewHooks();
            cpu.RemoveHook(divide, PassDivide);
        }

        private static void PassDivide(ICpuSupportingGdb _, ulong address)
        {
        }

        // Whether the IT block that the core is in skips the next instruction.
        private static bool IsSkipped(uint status)
        {
            var state = status >> 25 & 3 | status >> 8 & 0xFC;
            if((state & 15) == 0)
            {
                return false;
            }
            bool n = (status >> 31 & 1) != 0, z = (status >> 30 & 1) != 0, c = (status >> 29 & 1) != 0, v = (status >> 28 & 1) != 0;
            bool holds;
            switch(state >> 5)
            {
            case 0: holds = z; break;
            case 1: holds = c; break;
            case 2: holds = n; break;
            case 3: holds = v; break;
            case 4: holds = c && !z; break;
            case 5: holds = n == v; break;
            case 6: holds = n == v && !z; break;
            default: return false;
            }
            return holds == ((state >> 4 & 1) != 0);
        }

        private CodePage PageOf(uint address)
        {
            var page = pages[address >> 12];
            if(page == null)
            {
                page = pages[address >> 12] = new CodePage { Now = bus.ReadBytes(address & ~0xFFFu, 4096, false, cpu) };
                page.Written = (byte[])page.Now.Clone();
                filter.Pages[address >> 12] |= Filter.Code;
                PutCode(address & ~0xFFFu, page.Written);
            }
            else if(page.IsOverwritten)
            {
                page.IsOverwritten = false;
                if(page.IsForgotten)
                {
                    page.IsForgotten = false;
                    Array.Clear(page.Starts, 0, page.Starts.Length);
                    Array.Clear(page.IsCode, 0, page.IsCode.Length);
                }
                page.Now = bus.ReadBytes(address & ~0xFFFu, 4096, false, cpu);
            }
            return page;
        }

        private ushort Halfword(uint address)
        {
            return BitConverter.ToUInt16(PageOf(address).Now, (int)(address & 0xFFE));
        }

        // Write code down where it is another than the stream has.
        private void WriteCode(uint begin, uint size)
        {
            var code = new byte[size];
            var isNew = false;
            for(var at = 0; at < size; at++)
            {
                var page = PageOf((uint)(begin + at));
                var place = (begin + at) & 0xFFF;
                code[at] = page.Now[place];
                isNew |= page.Written[place] != code[at];
                page.Written[place] = code[at];
            }
            if(isNew)
            {
                CloseBlock();
                PutCode(begin, code);
            }
        }

        // Code was overwritten: what is known of blocks there and before holds no longer.
        private void Overwrite(uint address, uint width)
        {
            var page = pages[address >> 12];
            page.IsOverwritten = true;
            var first = (int)(address & 0xFFF) >> 1;
            for(var at = first; at <= first + ((int)width - 1 >> 1) && at < 2048; at++)
            {
                if(page.IsCode[at])
                {
                    Array.Clear(page.Blocks, 0, page.Blocks.Length);
                    page.IsForgotten = true;  // the block that runs may be in it: the rest goes before the next
                    var before = pages[(address >> 12) - 1 & 0xFFFFF];
                    if(before != null)
                    {
                        Array.Clear(before.Blocks, 0, before.Blocks.Length);
                    }
                    return;
                }
            }
        }

        // --- the stream -----------------------------------------------------------------------------------------

        private void CloseBlock()
        {
            BeginPieces(uint.MaxValue);
            isOpen = isInBlock = false;
        }

        private void Put(long kind, int number, uint address, long operands)
        {
            if(hasEnded)
            {
                return;
            }
            words[used] = kind | (long)number << 8 | (long)address << 32;
            words[used + 1] = operands;
            used += 2;
            if(used >= words.Length - Slack)
            {
                Flush();
            }
        }

        // Code and its bytes stand in one chunk.
        private void PutCode(uint address, byte[] code)
        {
            Flush();
            var records = new byte[16 + (code.Length + 15 & ~15)];
            BitConverter.GetBytes(CodeAt | (long)address << 32).CopyTo(records, 0);
            BitConverter.GetBytes((long)code.Length).CopyTo(records, 8);
            code.CopyTo(records, 16);
            writer.Chunk("EVTS", records);
        }

        private void Flush()
        {
            if(used == 0)
            {
                return;
            }
            // The block that runs may go on: it waits.
            var kept = isOpen && isInBlock ? used - (sizeAt - 1) : 0;
            if(kept > used / 2)
            {
                kept = 0;
                isOpen = false;
            }
            var now = used - kept;
            Buffer.BlockCopy(words, 0, bytes, 0, 8 * now);
            writer.Chunk("EVTS", bytes, 8 * now, Checksum.Of(words, now));
            Array.Copy(words, now, words, 0, kept);
            used = kept;
            flushedTo -= now;
            sizeAt -= now;
            leaveAt -= now;
            if(writer.Failure != null && !hasEnded)
            {
                hasEnded = true;
                cpu.Log(LogLevel.Error, "simtiny: the trace can't be written: {0}", writer.Failure);
                if(host != null)
                {
                    cpu.IsHalted = true;
                }
            }
        }

        private void Due()
        {
            left -= used - flushedTo;
            flushedTo = used;
            if(hasLine || left <= 0)
            {
                Ask(hasLine ? "line" : "busy");
                return;
            }
            Flush();
            SetLimit();
        }

        private void SetLimit()
        {
            flushedTo = used;
            limit = hasLine ? 0 : (int)Math.Min(Capacity, used + left);
        }

        // Ask simtiny how to go on: it answers with lines, the last one of which is "go", how many records it takes until
        // it wants to be asked again, and how many nanoseconds of sleep.
        private void Ask(string why, uint address = 0, int width = 0)
        {
            if(host == null || hasEnded)
            {
                left = long.MaxValue;
                return;
            }
            if(why == "read")
            {
                isOpen = false;  // nothing is kept back
            }
            Flush();
            if(cpu.OnPossessedThread)
            {
                cpu.SyncTime();
            }
            if(why != "read" && why != "fault")
            {
                hasLine = false;
                clockReads = 0;
            }
            writer.Chunk("ASK.", Encoding.UTF8.GetBytes(String.Format(CultureInfo.InvariantCulture,
                "{{\"why\": \"{0}\", \"time_ns\": {1}, \"instructions\": {2}, \"address\": {3}, \"width\": {4}}}",
                why, cpu.TimeHandle.TotalElapsedTime.TotalNanoseconds, cpu.ExecutedInstructions, address, width)));
            for(;;)
            {
                var answer = host.Answer();
                if(answer[0] == "go")
                {
                    left = 2 * long.Parse(answer[1]);  // words
                    SetLimit();
                    if(why == "asleep" || why == "idle")
                    {
                        AskLater(ulong.Parse(answer[2]));
                    }
                    return;
                }
                Do(answer);
                if(answer[0] == "end")
                {
                    return;
                }
            }
        }

        // Ask if the core still sleeps then.
        private void AskLater(ulong nanoseconds)
        {
            var sleep = sleeps;
            cpu.GetMachine().ScheduleAction(TimeInterval.FromNanoseconds(nanoseconds), _ =>
            {
                if(sleep == sleeps)
                {
                    Ask("idle");
                }
            });
        }

        private void Do(string[] words)
        {
            switch(words[0])
            {
            case "filter":
                filter = Filter.Parse(String.Join(" ", words.Skip(1)));
                break;
            case "clock":
                AskForClock(words[1], Convert.ToUInt32(words[2], 16), Convert.ToUInt32(words[3], 16));
                break;
            case "value":
                clockValue = uint.Parse(words[1]);
                break;
            case "send":
                Send(words[1], words[2]);
                break;
            case "monitor":
                Action tell = () => ObjectCreator.Instance.GetSurrogate<Monitor>().Parse(String.Join(" ", words.Skip(1)));
                if(Slots.RatesChangeAtOnce)
                {
                    cpu.GetMachine().LocalTimeSource.ExecuteInNearestSyncedState(_ => tell());
                    break;
                }
                tell();
                break;
            case "memory":
                var at = Convert.ToUInt32(words[1], 16);
                for(uint left = Convert.ToUInt32(words[2], 16), size; left > 0; left -= size, at += size)
                {
                    size = Math.Min(left, 1 << 20);
                    writer.Chunk("MEM.", bus.ReadBytes(at, (int)size, false, cpu));
                }
                break;
            case "registers":
                var registers = Enumerable.Range(0, 16).Select(RegisterNow)
                    .Concat(new[] { ((CortexM)cpu).XProgramStatusRegister })
                    .Concat(new[] { ControlRegister, OtherStackPointer }.Select(n => (uint)cpu.GetRegister(n).RawValue));
                writer.Chunk("REGS", registers.SelectMany(BitConverter.GetBytes).ToArray());
                break;
            case "end":
                Stop();
                cpu.IsHalted = true;
                break;
            default:
                cpu.Log(LogLevel.Error, "simtiny: unknown word '{0}'", words[0]);
                break;
            }
        }

        // Let reads of a counter of time be answered by simtiny. `start` and `address`: of its block and register.
        private void AskForClock(string peripheral, uint start, uint address)
        {
            IPeripheral found;
            if(!cpu.GetMachine().TryGetByName("sysbus." + peripheral, out found))
            {
                cpu.Log(LogLevel.Error, "simtiny: there is no peripheral {0}", peripheral);
                return;
            }
            if(clocks.Contains(found))
            {
                registers.Add(address);
                return;
            }
            clocks.Add(found);
            registers.Add(address);
            bus.SetHookAfterPeripheralRead<uint>((IBusPeripheral)found, (value, offset) =>
                registers.Contains(start + (uint)offset) ? ReadClock(start + (uint)offset, 4, value) : value);
            bus.SetHookAfterPeripheralRead<ushort>((IBusPeripheral)found, (value, offset) =>
                registers.Contains(start + (uint)offset) ? (ushort)ReadClock(start + (uint)offset, 2, value) : value);
        }

        // tlib has PC up to date within a block alone.
        private uint RegisterNow(int number)
        {
            return number == ProgramCounter && beginning != 1 ? beginning : (uint)cpu.GetRegister(number).RawValue;
        }

        // Let the firmware receive bytes at a serial port.
        private void Send(string port, string hex)
        {
            IPeripheral found;
            if(!cpu.GetMachine().TryGetByName("sysbus." + port, out found) || !(found is IUART))
            {
                cpu.Log(LogLevel.Error, "simtiny: there is no serial port {0}", port);
                return;
            }
            for(var at = 0; at + 1 < hex.Length; at += 2)
            {
                ((IUART)found).WriteChar(Convert.ToByte(hex.Substring(at, 2), 16));
            }
        }

        private readonly TranslationCPU cpu;
        private readonly IBusController bus;
        private readonly Host host;
        private readonly StreamWriter writer;
        private readonly Slots slots;
        private readonly CodePage[] pages = new CodePage[1 << 20];
        private readonly long[] words = new long[Capacity + Slack];
        private readonly byte[] bytes = new byte[8 * (Capacity + Slack)];
        private readonly Func<uint, uint> setMaximumBlockSize;  // that of tlib, which keeps what is translated
        private readonly uint usualBlockSize;
        private readonly HashSet<uint> returning = new HashSet<uint>();
        private readonly List<uint> frames = new List<uint>();
        private readonly HashSet<IPeripheral> clocks = new HashSet<IPeripheral>();
        private readonly HashSet<uint> registers = new HashSet<uint>();
        private Filter filter;
        private byte[] matters;  // its pages
        private int used, limit, flushedTo, sizeAt, leaveAt = -1;
        private long left = long.MaxValue, marks, sleeps;
        private uint end = 1, lastAccess = 1, beginning = 1, cutAt = 1, restAt;
        private uint[] cuts;
        private int cut;
        private readonly Dictionary<ulong, uint[]> cutsOf = new Dictionary<ulong, uint[]>();
        private ulong asleepSince, instructions;
        private uint clockValue, clockOffset, clockReads;
        private bool hasLine, isAnswered;
        private uint step;  // the block that begins, of one instruction
        private readonly bool isStepping;
        private bool isOpen, isInBlock, isSpecial, isEntering, hasEnded;
        private int toldFaults;

        private const int Capacity = 1 << 17, Slack = 1 << 14;  // words
        private const uint SizeMask = 0x7FFE, IsOpen = 1, HasCuts = 0x8000;
        private const byte OfDivide = 16;
        private const int PageShift = 10;  // of tlib, where blocks end
        private const long Block = 1, AccessAt = 2, Divide = 3, CodeAt = 4, Write = 5, Enter = 6, Leave = 7, Sleep = 8, MarkHere = 9, Reset = 10, Read = 11, Frame = 12;
        private const int TailChained = 1, StacksFp = 2, InNanoseconds = 1;
        private const uint RegisterWrite = 1, MemoryRead = 2, MemoryWrite = 3, InstructionFetch = 4;
        private const ulong InterruptIndex = 5;
        private const uint MostClockReads = 256;
        private const int HardFault = 3, UsageFault = 6, DebugMonitor = 12, MostToldFaults = 64;
        private const int StackPointer = 13, LinkRegister = 14, ProgramCounter = 15, ControlRegister = 18, OtherStackPointer = 22;
    }

    // tlib's callbacks, in place of Renode's own.
    internal sealed class Slots
    {
        internal delegate uint BeginCallback(ulong address, uint count);
        internal delegate void AccessCallback(ulong pc, uint operation, ulong address, uint width, ulong value);
        private delegate void NarrowAccessCallback(ulong pc, uint operation, ulong address, ulong value);

        internal Slots(TranslationCPU cpu)
        {
            this.cpu = cpu;
            try
            {
                var file = (string)typeof(TranslationCPU).GetField("libraryFile", Own)?.GetValue(cpu);  // a copy for each core
                var library = file == null ? IntPtr.Zero : dlopen(file, LazyAndLoaded);
                if(library != IntPtr.Zero)
                {
                    beginSlot = dlsym(library, "renode_external_attach__FuncUInt32UInt64UInt32__OnBlockBegin");
                    accessSlot = dlsym(library, "renode_external_attach__ActionUInt64UInt32UInt64UInt32UInt64__OnMemoryAccess");
                    isWidthTold = accessSlot != IntPtr.Zero;
                    if(!isWidthTold)
                    {
                        accessSlot = dlsym(library, "renode_external_attach__ActionUInt64UInt32UInt64UInt64__OnMemoryAccess");
                    }
                }
            }
            catch(Exception error) when(error is DllNotFoundException || error is EntryPointNotFoundException)
            {
                // The public hooks serve.
            }
            var method = typeof(TranslationCPU).GetMethod("OnBlockBegin", Own);
            if(method == null)
            {
                beginSlot = IntPtr.Zero;
                return;
            }
            original = (BeginCallback)Delegate.CreateDelegate(typeof(BeginCallback), cpu, method);
            isAnyHookOff = FindAnyHookOff();
            IsAnyHookOff = AreThere ? isAnyHookOff : () => false;
        }

        // All were found.
        internal bool AreThere { get { return beginSlot != IntPtr.Zero && accessSlot != IntPtr.Zero && isAnyHookOff != null; } }

        // Whether Renode has turned an address hook off and not yet on again.
        internal Func<bool> IsAnyHookOff { get; } = () => false;

        private Func<bool> FindAnyHookOff()
        {
            var hooks = typeof(TranslationCPU).GetField("hooks", Own)?.GetValue(cpu);
            var getter = hooks?.GetType().GetProperty("IsAnyInactive")?.GetGetMethod();
            if(getter != null)
            {
                return (Func<bool>)Delegate.CreateDelegate(typeof(Func<bool>), hooks, getter);
            }
            var field = typeof(TranslationCPU).GetField("isAnyInactiveHook", Own);  // to 1.15
            return field == null ? null : Expression.Lambda<Func<bool>>(Expression.Field(Expression.Constant(cpu), field)).Compile();
        }

        // To 1.15, a core's new PerformanceInMips holds within the quantum that runs, which it ends in disorder.
        internal static bool RatesChangeAtOnce { get { return !TellsWidth; } }

        private static MethodInfo HookSetter { get { return typeof(TranslationCPU).GetMethod("SetHookAtMemoryAccess"); } }

        private static Type HookType { get { return HookSetter.GetParameters()[0].ParameterType; } }

        internal static bool TellsWidth { get { return HookType.GetMethod("Invoke").GetParameters().Length == 6; } }

        // `onAccess`: null where accesses don't matter. Where widths are not told, they are 0.
        internal void Attach(BeginCallback onBegin, AccessCallback onAccess)
        {
            if(!AreThere)
            {
                cpu.Log(LogLevel.Warning, "simtiny: this Renode has other callbacks; its public hooks serve, and are slower");
                cpu.SetHookAtBlockBegin((address, count) => onBegin(address, count));
                if(onAccess != null)
                {
                    HookSetter.Invoke(cpu, new object[] { PublicHook(onAccess) });
                }
                return;
            }
            begin = onBegin;
            cpu.SetHookAtBlockBegin((_, __) => { });  // has tlib call
            AttachTo(beginSlot, Marshal.GetFunctionPointerForDelegate(begin));
            if(onAccess == null)
            {
                return;
            }
            access = isWidthTold ? (Delegate)onAccess
                : (NarrowAccessCallback)((pc, operation, address, value) => onAccess(pc, operation, address, 0, value));
            HookSetter.Invoke(cpu, new object[] { PublicHook((_, __, ___, ____, _____) => { }) });
            AttachTo(accessSlot, Marshal.GetFunctionPointerForDelegate(access));
        }

        // A hook as this Renode declares it: pc, operation, virtual and physical address, width except to 1.15, value.
        private static Delegate PublicHook(AccessCallback onAccess)
        {
            var given = HookType.GetMethod("Invoke").GetParameters().Select(parameter => Expression.Parameter(parameter.ParameterType)).ToArray();
            var width = TellsWidth ? (Expression)given[4] : Expression.Constant(0u);
            var call = Expression.Invoke(Expression.Constant(onAccess), given[0], Expression.Convert(given[1], typeof(uint)), given[2],
                Expression.Convert(width, typeof(uint)), given[given.Length - 1]);
            return Expression.Lambda(HookType, call, given).Compile();
        }

        // Renode turns an address hook off while the instruction there runs: its own callback turns it on.
        internal void TurnHooksOn(ulong address, uint count)
        {
            original(address, count);
        }

        private static void AttachTo(IntPtr slot, IntPtr function)
        {
            ((AttachFunction)Marshal.GetDelegateForFunctionPointer(slot, typeof(AttachFunction)))(function);
        }

        [DllImport("libdl.so.2")]
        private static extern IntPtr dlopen(string name, int flags);

        [DllImport("libdl.so.2")]
        private static extern IntPtr dlsym(IntPtr library, string name);

        private delegate void AttachFunction(IntPtr function);

        private readonly TranslationCPU cpu;
        private readonly IntPtr beginSlot, accessSlot;
        private readonly BeginCallback original;
        private readonly Func<bool> isAnyHookOff;
        private readonly bool isWidthTold;
        private BeginCallback begin;  // held here: native code calls them
        private Delegate access;

        private const BindingFlags Own = BindingFlags.Instance | BindingFlags.NonPublic;
        private const int LazyAndLoaded = 1 | 4;
    }

    // The stream's chunks.
    internal sealed class StreamWriter
    {
        internal StreamWriter(Stream sink)
        {
            this.sink = sink;
        }

        internal string Failure { get; private set; }

        internal void Header(string board, string image, Dictionary<string, string> facts)
        {
            Send(Encoding.ASCII.GetBytes("simtiny-stream 1\n"), 17);
            var said = String.Join(", ", facts.Select(fact => Quoted(fact.Key) + ": " + Quoted(fact.Value)));
            Chunk("HEAD", Encoding.UTF8.GetBytes("{\"board\": " + Quoted(board) + ", \"image\": " + Quoted(image) + ", \"facts\": {" + said + "}}"));
        }

        internal void End(long marks, ulong instructions)
        {
            Chunk("END.", Encoding.UTF8.GetBytes("{\"marks\": " + marks + ", \"instructions\": " + instructions + "}"));
            try
            {
                sink.Flush();
            }
            catch(IOException error)
            {
                Failure = error.Message;
            }
        }

        // What comes of `look` while the file has an end, which is taken away behind it.
        internal string WithEnd(long marks, ulong instructions, Func<string> look)
        {
            sink.Flush();
            var end = sink.Position;
            try
            {
                End(marks, instructions);
                return look();
            }
            finally
            {
                sink.Position = end;
                sink.SetLength(end);
            }
        }

        internal void Close()
        {
            try
            {
                sink.Dispose();
            }
            catch(IOException error)
            {
                Failure = error.Message;
            }
        }

        internal void Chunk(string kind, byte[] data)
        {
            Chunk(kind, data, data.Length, Checksum.Of(data));
        }

        // `checksum`: of the data, as a function of that of what is before it.
        internal void Chunk(string kind, byte[] data, int size, Func<uint, uint> checksum)
        {
            var head = Encoding.ASCII.GetBytes(kind);
            Send(head, 4);
            Send(BitConverter.GetBytes(size), 4);
            Send(BitConverter.GetBytes(checksum(Checksum.Of(head)(0xFFFFFFFF)) ^ 0xFFFFFFFF), 4);
            Send(data, size);
        }

        private void Send(byte[] data, int size)
        {
            if(Failure != null)
            {
                return;
            }
            try
            {
                sink.Write(data, 0, size);
            }
            catch(IOException error)
            {
                Failure = error.Message;
            }
        }

        private static string Quoted(string text)
        {
            return "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
        }

        private readonly Stream sink;
    }

    // CRC-32 of IEEE 802.3, for 64 bits at a time.
    internal static class Checksum
    {
        internal static Func<uint, uint> Of(byte[] data)
        {
            return crc => data.Aggregate(crc, (now, each) => tables[0][(now ^ each) & 0xFF] ^ now >> 8);
        }

        internal static Func<uint, uint> Of(long[] words, int count)
        {
            return crc =>
            {
                uint[] t0 = tables[0], t1 = tables[1], t2 = tables[2], t3 = tables[3], t4 = tables[4], t5 = tables[5], t6 = tables[6], t7 = tables[7];
                for(var at = 0; at < count; at++)
                {
                    var low = (uint)words[at] ^ crc;
                    var high = (uint)(words[at] >> 32);
                    crc = t7[low & 0xFF] ^ t6[low >> 8 & 0xFF] ^ t5[low >> 16 & 0xFF] ^ t4[low >> 24]
                        ^ t3[high & 0xFF] ^ t2[high >> 8 & 0xFF] ^ t1[high >> 16 & 0xFF] ^ t0[high >> 24];
                }
                return crc;
            };
        }

        private static uint[][] Tables()
        {
            var made = Enumerable.Range(0, 8).Select(_ => new uint[256]).ToArray();
            for(var start = 0; start < 256; start++)
            {
                var value = (uint)start;
                for(var bit = 0; bit < 8; bit++)
                {
                    value = (value & 1) != 0 ? value >> 1 ^ 0xEDB88320 : value >> 1;
                }
                made[0][start] = value;
            }
            for(var start = 0; start < 256; start++)
            {
                for(var table = 1; table < 8; table++)
                {
                    made[table][start] = made[0][made[table - 1][start] & 0xFF] ^ made[table - 1][start] >> 8;
                }
            }
            return made;
        }

        private static readonly uint[][] tables = Tables();
    }

    // simtiny at the other end of a connection.
    internal sealed class Host
    {
        internal Host(Stream line)
        {
            reader = new StreamReader(line, Encoding.ASCII);
        }

        // The words of its next line; "end" if it has hung up.
        internal string[] Answer()
        {
            try
            {
                return (reader.ReadLine() ?? "end").Split(' ');
            }
            catch(IOException)
            {
                return new[] { "end" };
            }
        }

        private readonly StreamReader reader;
    }
}
