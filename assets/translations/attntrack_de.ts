<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>AboutDialog</name>
    <message>
        <source>Follows anything through a video or a live camera, and shows why it believes what it believes: joint local and global search with a target-aware attention network and a classifier that learns while it tracks.</source>
        <translation>Verfolgt alles durch ein Video oder das Bild einer Kamera und zeigt, warum es glaubt, was es glaubt: gemeinsame lokale und globale Suche mit einem zielbezogenen Aufmerksamkeitsnetz und einem Klassifikator, der beim Verfolgen lernt.</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>Version</translation>
    </message>
    <message>
        <source>Networks run on</source>
        <translation>Netze laufen auf</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>BackendDialog</name>
    <message>
        <source>What runs the networks</source>
        <translation>Womit die Netze gerechnet werden</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>Verwenden</translation>
    </message>
    <message>
        <source>Switch now; every target goes on from its last box</source>
        <translation>Jetzt wechseln; jedes Ziel macht bei seinem letzten Rahmen weiter</translation>
    </message>
    <message>
        <source>looking …</source>
        <translation>wird gesucht …</translation>
    </message>
    <message>
        <source>In use: {0}</source>
        <translation>In Gebrauch: {0}</translation>
    </message>
    <message>
        <source>nothing yet</source>
        <translation>noch nichts</translation>
    </message>
    <message>
        <source>GPU to compile for</source>
        <translation>GPU, für die übersetzt wird</translation>
    </message>
    <message>
        <source>Plans for another computer are kept in the cache folder, to be copied there</source>
        <translation>Pläne für einen anderen Rechner liegen im Cache-Ordner, um sie dorthin zu kopieren</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Plans for</source>
        <translation>Pläne für</translation>
    </message>
    <message>
        <source>Compile</source>
        <translation>Übersetzen</translation>
    </message>
    <message>
        <source>Takes minutes; tracking goes on meanwhile</source>
        <translation>Dauert Minuten; inzwischen wird weiter verfolgt</translation>
    </message>
    <message>
        <source>not available</source>
        <translation>nicht verfügbar</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>bereit</translation>
    </message>
    <message>
        <source>this computer&apos;s GPU</source>
        <translation>die GPU dieses Rechners</translation>
    </message>
    <message>
        <source>another computer&apos;s GPU, {0}</source>
        <translation>GPU eines anderen Rechners, {0}</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>In Gebrauch</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>not known on this computer</source>
        <translation>auf diesem Rechner nicht bekannt</translation>
    </message>
    <message>
        <source>Cancelled; complete plans were kept.</source>
        <translation>Abgebrochen; fertige Pläne wurden behalten.</translation>
    </message>
</context>
<context>
    <name>BackendSwitch</name>
    <message>
        <source>{0}: each target goes on from its last box</source>
        <translation>{0}: jedes Ziel macht bei seinem letzten Rahmen weiter</translation>
    </message>
    <message>
        <source>Tracking runs on the fastest that is ready instead</source>
        <translation>Stattdessen wird mit dem Schnellsten verfolgt, das bereit ist</translation>
    </message>
    <message>
        <source>The plans are compiled: choose TensorRT to use them</source>
        <translation>Die Pläne sind übersetzt: TensorRT wählen, um sie zu verwenden</translation>
    </message>
</context>
<context>
    <name>BuildJob</name>
    <message>
        <source>Compiling could not be started: run attntrack build in a terminal.</source>
        <translation>Das Übersetzen ließ sich nicht starten: attntrack build in einem Terminal ausführen.</translation>
    </message>
    <message>
        <source>Compiling ended for an unknown reason</source>
        <translation>Das Übersetzen endete aus unbekanntem Grund</translation>
    </message>
</context>
<context>
    <name>CameraDialog</name>
    <message>
        <source>Open camera</source>
        <translation>Kamera öffnen</translation>
    </message>
    <message>
        <source>Cameras</source>
        <translation>Kameras</translation>
    </message>
    <message>
        <source>No camera was found. Plug one in, allow this program to use it, and look again.</source>
        <translation>Keine Kamera gefunden. Eine anschließen, diesem Programm den Zugriff erlauben und noch einmal suchen.</translation>
    </message>
    <message>
        <source>Size and rate</source>
        <translation>Größe und Rate</translation>
    </message>
    <message>
        <source>Smaller pictures are tracked with less delay</source>
        <translation>Kleinere Bilder werden mit weniger Verzögerung verfolgt</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Noch einmal suchen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Looking for cameras …</source>
        <translation>Kameras werden gesucht …</translation>
    </message>
    <message>
        <source>{0}   (camera {1})</source>
        <translation>{0}   (Kamera {1})</translation>
    </message>
    <message>
        <source>As the camera likes</source>
        <translation>Wie es die Kamera vorgibt</translation>
    </message>
    <message>
        <source>{0} × {1}</source>
        <translation>{0} × {1}</translation>
    </message>
    <message>
        <source>,  {0:g} frames a second</source>
        <translation>,  {0:g} Bilder pro Sekunde</translation>
    </message>
</context>
<context>
    <name>CandidateLegend</name>
    <message>
        <source>Candidates: local thin, located thick, global dashed; the stronger the colour, the higher the score</source>
        <translation>Kandidaten: lokale dünn, lokalisierte dick, globale gestrichelt; je kräftiger die Farbe, desto höher die Punktzahl</translation>
    </message>
    <message>
        <source>score 0</source>
        <translation>Punktzahl 0</translation>
    </message>
</context>
<context>
    <name>Canvas</name>
    <message>
        <source>Video</source>
        <translation>Video</translation>
    </message>
    <message>
        <source>Drag a box around what you want to follow</source>
        <translation>Einen Rahmen um das ziehen, was verfolgt werden soll</translation>
    </message>
</context>
<context>
    <name>ColorMenu</name>
    <message>
        <source>&amp;Colour</source>
        <translation>&amp;Farbe</translation>
    </message>
</context>
<context>
    <name>Controller</name>
    <message>
        <source>No event after this frame</source>
        <translation>Kein Ereignis nach diesem Bild</translation>
    </message>
    <message>
        <source>No event before this frame</source>
        <translation>Kein Ereignis vor diesem Bild</translation>
    </message>
    <message>
        <source>There is no picture to draw on: open the project where its video can be found</source>
        <translation>Hier ist kein Bild zum Zeichnen: das Projekt dort öffnen, wo sein Video zu finden ist</translation>
    </message>
    <message>
        <source>The box was cut to the picture</source>
        <translation>Der Rahmen wurde auf das Bild beschnitten</translation>
    </message>
</context>
<context>
    <name>CrashGuard</name>
    <message>
        <source>The program met an error it did not expect ({0}). You can go on; if it comes again, save your track and start the program anew.</source>
        <translation>Das Programm traf auf einen unerwarteten Fehler ({0}). Es kann weitergehen; kommt er wieder, die Spur sichern und das Programm neu starten.</translation>
    </message>
</context>
<context>
    <name>CropOptions</name>
    <message>
        <source>Target</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source> px</source>
        <translation> px</translation>
    </message>
    <message>
        <source>Side of the video</source>
        <translation>Seitenlänge des Videos</translation>
    </message>
    <message>
        <source> × target</source>
        <translation> × Ziel</translation>
    </message>
    <message>
        <source>Part of the picture</source>
        <translation>Ausschnitt des Bildes</translation>
    </message>
    <message>
        <source>How much of the picture around the target is shown</source>
        <translation>Wie viel vom Bild um das Ziel herum gezeigt wird</translation>
    </message>
    <message>
        <source>Scale</source>
        <translation>Maßstab</translation>
    </message>
    <message>
        <source>The same all the time</source>
        <translation>Die ganze Zeit derselbe</translation>
    </message>
    <message>
        <source>The target keeps its size</source>
        <translation>Das Ziel behält seine Größe</translation>
    </message>
    <message>
        <source>Leave out frames on which it was not seen</source>
        <translation>Bilder auslassen, auf denen es nicht zu sehen war</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
</context>
<context>
    <name>DetailsPanel</name>
    <message>
        <source>Details</source>
        <translation>Einzelheiten</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>Quelle</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Box</source>
        <translation>Rahmen</translation>
    </message>
    <message>
        <source>{0} × {1}  ·  {2:.4g} fps</source>
        <translation>{0} × {1}  ·  {2:.4g} B/s</translation>
    </message>
</context>
<context>
    <name>Editing</name>
    <message>
        <source>Pause on a frame where the selected target has a box to adjust it</source>
        <translation>Zum Anpassen auf einem Bild anhalten, auf dem das ausgewählte Ziel einen Rahmen hat</translation>
    </message>
    <message>
        <source>No keyframe after this frame</source>
        <translation>Kein Schlüsselbild nach diesem Bild</translation>
    </message>
    <message>
        <source>No keyframe before this frame</source>
        <translation>Kein Schlüsselbild vor diesem Bild</translation>
    </message>
    <message>
        <source>There is no other target to merge with</source>
        <translation>Es gibt kein anderes Ziel zum Vereinen</translation>
    </message>
    <message>
        <source>&amp;Undo {0}</source>
        <translation>&amp;Rückgängig: {0}</translation>
    </message>
    <message>
        <source>&amp;Redo {0}</source>
        <translation>&amp;Wiederholen: {0}</translation>
    </message>
</context>
<context>
    <name>ErrorDialog</name>
    <message>
        <source>Something went wrong</source>
        <translation>Etwas ist schiefgegangen</translation>
    </message>
    <message>
        <source>That did not work</source>
        <translation>Das ging nicht</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Einzelheiten</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>Weiter</translation>
    </message>
    <message>
        <source>OK</source>
        <translation>OK</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Hide details</source>
        <translation>Einzelheiten verbergen</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>Export video</source>
        <translation>Video exportieren</translation>
    </message>
    <message>
        <source>Export track</source>
        <translation>Spur exportieren</translation>
    </message>
    <message>
        <source>{0} targets on {1} frames.</source>
        <translation>{0} Ziele auf {1} Bildern.</translation>
    </message>
    <message>
        <source>{0} target on {1} frames.</source>
        <translation>{0} Ziel auf {1} Bildern.</translation>
    </message>
    <message>
        <source>Frames</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>Durchsuchen…</translation>
    </message>
    <message>
        <source>The same on the command line</source>
        <translation>Dasselbe auf der Befehlszeile</translation>
    </message>
    <message>
        <source>Tracks the same again from the first boxes and writes the same file</source>
        <translation>Verfolgt dasselbe noch einmal von den ersten Rahmen an und schreibt dieselbe Datei</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>A file of this name is there; it will be replaced.</source>
        <translation>Eine Datei dieses Namens ist da; sie wird ersetzt.</translation>
    </message>
    <message>
        <source>This is the video itself: give another name.</source>
        <translation>Das ist das Video selbst: einen anderen Namen angeben.</translation>
    </message>
    <message>
        <source>Only from the in to the out point ({0} to {1})</source>
        <translation>Nur vom Anfang bis zum Ende des Teils ({0} bis {1})</translation>
    </message>
    <message>
        <source>Export target cut out</source>
        <translation>Ausschnitt exportieren</translation>
    </message>
    <message>
        <source>Export to</source>
        <translation>Exportieren nach</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>Alle Dateien</translation>
    </message>
</context>
<context>
    <name>GoToDialog</name>
    <message>
        <source>Go to frame</source>
        <translation>Zu Bild gehen</translation>
    </message>
    <message>
        <source>A number from 0 to {0}.</source>
        <translation>Eine Zahl von 0 bis {0}.</translation>
    </message>
    <message>
        <source>Frame</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Go</source>
        <translation>Los</translation>
    </message>
</context>
<context>
    <name>HeatLegend</name>
    <message>
        <source>Heatmap: dark is low attention, light is high</source>
        <translation>Wärmebild: dunkel ist wenig Aufmerksamkeit, hell viel</translation>
    </message>
    <message>
        <source>attention 0</source>
        <translation>Aufmerksamkeit 0</translation>
    </message>
</context>
<context>
    <name>ImportDialog</name>
    <message>
        <source>Import track</source>
        <translation>Spur importieren</translation>
    </message>
    <message>
        <source>The targets in the file are added to those that are there.</source>
        <translation>Die Ziele der Datei kommen zu denen hinzu, die da sind.</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>Durchsuchen…</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>Frame of the first line</source>
        <translation>Bild der ersten Zeile</translation>
    </message>
    <message>
        <source>This format does not say which frames its lines are of</source>
        <translation>Dieses Format sagt nicht, zu welchen Bildern seine Zeilen gehören</translation>
    </message>
    <message>
        <source>First line</source>
        <translation>Erste Zeile</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Import</source>
        <translation>Importieren</translation>
    </message>
    <message>
        <source>Tracks</source>
        <translation>Spuren</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>Alle Dateien</translation>
    </message>
</context>
<context>
    <name>Importing</name>
    <message>
        <source>Open the video first, then drop the track on it.</source>
        <translation>Erst das Video öffnen, dann die Spur darauf ablegen.</translation>
    </message>
    <message>
        <source>The file cannot be read ({0}).</source>
        <translation>Die Datei lässt sich nicht lesen ({0}).</translation>
    </message>
    <message>
        <source>Imported {0} targets</source>
        <translation>{0} Ziele importiert</translation>
    </message>
    <message>
        <source>Imported {0} target</source>
        <translation>{0} Ziel importiert</translation>
    </message>
    <message>
        <source>{1} rows are of frames that the video has not</source>
        <translation>{1} Zeilen gehören zu Bildern, die das Video nicht hat</translation>
    </message>
</context>
<context>
    <name>Intents</name>
    <message>
        <source>Target {0}</source>
        <translation>Ziel {0}</translation>
    </message>
</context>
<context>
    <name>KeyframesPanel</name>
    <message>
        <source>Keyframes</source>
        <translation>Schlüsselbilder</translation>
    </message>
    <message>
        <source>Keyframes of the selected target</source>
        <translation>Schlüsselbilder des ausgewählten Ziels</translation>
    </message>
    <message>
        <source>Click goes there, Del takes it back</source>
        <translation>Klicken geht hin, Entf nimmt es zurück</translation>
    </message>
    <message>
        <source>None yet. Every box you draw becomes one.</source>
        <translation>Noch keine. Jeder gezeichnete Rahmen wird eines.</translation>
    </message>
    <message>
        <source>{0}  ·  frame {1}  ·  {2}</source>
        <translation>{0}  ·  Bild {1}  ·  {2}</translation>
    </message>
</context>
<context>
    <name>Listener</name>
    <message>
        <source>End of the video</source>
        <translation>Ende des Videos</translation>
    </message>
    <message>
        <source>The stream ended</source>
        <translation>Der Strom ist zu Ende</translation>
    </message>
    <message>
        <source>{0} was found again</source>
        <translation>{0} wurde wiedergefunden</translation>
    </message>
    <message>
        <source>The picture you drew on is gone: the box was taken for the newest one</source>
        <translation>Das Bild, auf dem gezeichnet wurde, ist vorbei: der Rahmen gilt für das neueste</translation>
    </message>
    <message>
        <source>Recorded: {0}</source>
        <translation>Aufgenommen: {0}</translation>
    </message>
</context>
<context>
    <name>LiveBadge</name>
    <message>
        <source>LIVE</source>
        <translation>LIVE</translation>
    </message>
    <message>
        <source>NO SIGNAL</source>
        <translation>KEIN SIGNAL</translation>
    </message>
    <message>
        <source>{0:.0f} ms</source>
        <translation>{0:.0f} ms</translation>
    </message>
    <message>
        <source>{0} dropped</source>
        <translation>{0} ausgelassen</translation>
    </message>
</context>
<context>
    <name>LocateDialog</name>
    <message>
        <source>This is another video</source>
        <translation>Das ist ein anderes Video</translation>
    </message>
    <message>
        <source>{0} is not the file that was tracked: its size or its contents differ. Boxes may not fit its frames.</source>
        <translation>{0} ist nicht die Datei, in der verfolgt wurde: Größe oder Inhalt sind anders. Die Rahmen passen vielleicht nicht zu ihren Bildern.</translation>
    </message>
    <message>
        <source>Where is {0}?</source>
        <translation>Wo ist {0}?</translation>
    </message>
    <message>
        <source>The project’s video is not where it was, nor beside the project. Find it, or look at the track without its pictures.</source>
        <translation>Das Video des Projekts ist nicht, wo es war, und nicht neben dem Projekt. Es suchen oder die Spur ohne seine Bilder ansehen.</translation>
    </message>
    <message>
        <source>Without pictures</source>
        <translation>Ohne Bilder</translation>
    </message>
    <message>
        <source>Look at the track, plot and export it, without the video</source>
        <translation>Die Spur ansehen, darstellen und exportieren, ohne das Video</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Use it anyway</source>
        <translation>Trotzdem nehmen</translation>
    </message>
    <message>
        <source>Find it…</source>
        <translation>Suchen…</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>&amp;Recent</source>
        <translation>Zu&amp;letzt geöffnet</translation>
    </message>
    <message>
        <source>&amp;Select</source>
        <translation>Aus&amp;wählen</translation>
    </message>
    <message>
        <source>Targets</source>
        <translation>Ziele</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
    <message>
        <source>T&amp;heme</source>
        <translation>Erscheinungs&amp;bild</translation>
    </message>
    <message>
        <source>Like the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
</context>
<context>
    <name>Measuring</name>
    <message>
        <source>set the scale</source>
        <translation>Maßstab setzen</translation>
    </message>
    <message>
        <source>1 pixel is {0:.4g} {1}</source>
        <translation>1 Bildpunkt ist {0:.4g} {1}</translation>
    </message>
    <message>
        <source>set the origin</source>
        <translation>Ursprung setzen</translation>
    </message>
    <message>
        <source>turn y</source>
        <translation>y umdrehen</translation>
    </message>
    <message>
        <source>measure in pixels</source>
        <translation>in Bildpunkten messen</translation>
    </message>
</context>
<context>
    <name>MemoryPanel</name>
    <message>
        <source>What it remembers</source>
        <translation>Was es sich merkt</translation>
    </message>
    <message>
        <source>Nothing yet. The first view stays, the latest sure ones follow.</source>
        <translation>Noch nichts. Die erste Ansicht bleibt, die letzten sicheren folgen.</translation>
    </message>
    <message>
        <source>first</source>
        <translation>erste</translation>
    </message>
    <message>
        <source>Seen on frame {0}: click to go there</source>
        <translation>Gesehen auf Bild {0}: klicken, um hinzugehen</translation>
    </message>
    <message>
        <source>Room for a view that is yet to come</source>
        <translation>Platz für eine Ansicht, die noch kommt</translation>
    </message>
</context>
<context>
    <name>MergeDialog</name>
    <message>
        <source>Merge into {0}</source>
        <translation>Mit {0} vereinen</translation>
    </message>
    <message>
        <source>Both tracks become one. You can undo it.</source>
        <translation>Aus beiden Spuren wird eine. Es lässt sich rückgängig machen.</translation>
    </message>
    <message>
        <source>The other target</source>
        <translation>Das andere Ziel</translation>
    </message>
    <message>
        <source>Keep the boxes of {0}</source>
        <translation>Die Rahmen von {0} behalten</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Merge</source>
        <translation>Vereinen</translation>
    </message>
    <message>
        <source>Both have a box on {0} frames. Which is right there?</source>
        <translation>Auf {0} Bildern haben beide einen Rahmen. Welcher stimmt dort?</translation>
    </message>
    <message>
        <source>There is no frame on which both have a box.</source>
        <translation>Auf keinem Bild haben beide einen Rahmen.</translation>
    </message>
</context>
<context>
    <name>Openers</name>
    <message>
        <source>Open video</source>
        <translation>Video öffnen</translation>
    </message>
    <message>
        <source>Videos and projects</source>
        <translation>Videos und Projekte</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>Alle Dateien</translation>
    </message>
    <message>
        <source>Open project</source>
        <translation>Projekt öffnen</translation>
    </message>
    <message>
        <source>AttnTrack projects</source>
        <translation>AttnTrack-Projekte</translation>
    </message>
    <message>
        <source>Clear the list</source>
        <translation>Liste leeren</translation>
    </message>
</context>
<context>
    <name>OverlaysPanel</name>
    <message>
        <source>Overlays</source>
        <translation>Einblendungen</translation>
    </message>
    <message>
        <source>Heatmap opacity</source>
        <translation>Deckkraft des Wärmebilds</translation>
    </message>
    <message>
        <source>How strongly the heatmap covers the picture</source>
        <translation>Wie stark das Wärmebild das Bild überdeckt</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>Deckkraft</translation>
    </message>
    <message>
        <source>Heatmap colours</source>
        <translation>Farben des Wärmebilds</translation>
    </message>
    <message>
        <source>Colours of the heatmap; in each, lighter is more attention</source>
        <translation>Farben des Wärmebilds; in jeder Reihe ist heller mehr Aufmerksamkeit</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Farben</translation>
    </message>
</context>
<context>
    <name>PanelStills</name>
    <message>
        <source>Save “{0}”</source>
        <translation>„{0}“ speichern</translation>
    </message>
    <message>
        <source>Save this panel as PNG or SVG</source>
        <translation>Dieses Feld als PNG oder SVG speichern</translation>
    </message>
    <message>
        <source>frame {0}</source>
        <translation>Bild {0}</translation>
    </message>
    <message>
        <source>Saved: {0}</source>
        <translation>Gespeichert: {0}</translation>
    </message>
</context>
<context>
    <name>PictureTile</name>
    <message>
        <source>empty</source>
        <translation>leer</translation>
    </message>
</context>
<context>
    <name>PlotsPanel</name>
    <message>
        <source>Plots</source>
        <translation>Diagramme</translation>
    </message>
    <message>
        <source>Over the picture</source>
        <translation>Über dem Bild</translation>
    </message>
    <message>
        <source>Draw the way on the picture rather than on empty ground</source>
        <translation>Die Bahn auf das Bild zeichnen statt auf leeren Grund</translation>
    </message>
    <message>
        <source>Save plot</source>
        <translation>Diagramm speichern</translation>
    </message>
    <message>
        <source>Save this plot as PNG or SVG</source>
        <translation>Dieses Diagramm als PNG oder SVG speichern</translation>
    </message>
    <message>
        <source>Plots in a window of their own</source>
        <translation>Diagramme in eigenem Fenster</translation>
    </message>
    <message>
        <source>Show the plots in a window of their own, or below the timeline again</source>
        <translation>Die Diagramme in einem eigenen Fenster zeigen oder wieder unter der Zeitleiste</translation>
    </message>
    <message>
        <source>Saved: {0}</source>
        <translation>Gespeichert: {0}</translation>
    </message>
    <message>
        <source>Confidence against time</source>
        <translation>Sicherheit über die Zeit</translation>
    </message>
    <message>
        <source>how sure of each target</source>
        <translation>wie sicher bei jedem Ziel</translation>
    </message>
    <message>
        <source>Position against time</source>
        <translation>Ort über die Zeit</translation>
    </message>
    <message>
        <source>centre: x ──  y ╌╌  ({0})</source>
        <translation>Mitte: x ──  y ╌╌  ({0})</translation>
    </message>
    <message>
        <source>Speed against time</source>
        <translation>Geschwindigkeit über die Zeit</translation>
    </message>
    <message>
        <source>{0}/s, smoothed over 0.2 s</source>
        <translation>{0}/s, über 0,2 s geglättet</translation>
    </message>
    <message>
        <source>Size against time</source>
        <translation>Größe über die Zeit</translation>
    </message>
    <message>
        <source>width ──  height ╌╌  ({0})</source>
        <translation>Breite ──  Höhe ╌╌  ({0})</translation>
    </message>
    <message>
        <source>Confidence</source>
        <translation>Sicherheit</translation>
    </message>
    <message>
        <source>Position</source>
        <translation>Ort</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>Geschwindigkeit</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Trajectory</source>
        <translation>Bahn</translation>
    </message>
    <message>
        <source>Presence</source>
        <translation>Aufenthalt</translation>
    </message>
    <message>
        <source>Summary</source>
        <translation>Kennzahlen</translation>
    </message>
</context>
<context>
    <name>PresencePage</name>
    <message>
        <source>Presence</source>
        <translation>Aufenthalt</translation>
    </message>
    <message>
        <source>brightest: {0:.2g} s in one place</source>
        <translation>am hellsten: {0:.2g} s</translation>
    </message>
</context>
<context>
    <name>RestoreCard</name>
    <message>
        <source>{0} target on {1} frames</source>
        <translation>{0} Ziel auf {1} Bildern</translation>
    </message>
    <message>
        <source>{0} targets on {1} frames</source>
        <translation>{0} Ziele auf {1} Bildern</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>Wiederherstellen</translation>
    </message>
    <message>
        <source>Go on where it ended</source>
        <translation>Weitermachen, wo es aufhörte</translation>
    </message>
    <message>
        <source>All unsaved work</source>
        <translation>Alles nicht Gespeicherte</translation>
    </message>
    <message>
        <source>Show all work that was not saved</source>
        <translation>Alle Arbeit zeigen, die nicht gespeichert wurde</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Jetzt nicht</translation>
    </message>
    <message>
        <source>It stays under File, Restore unsaved work</source>
        <translation>Es bleibt unter Datei, Nicht Gespeichertes wiederherstellen</translation>
    </message>
    <message>
        <source>Not saved: {0}</source>
        <translation>Nicht gespeichert: {0}</translation>
    </message>
    <message>
        <source>{0} more…</source>
        <translation>{0} weitere…</translation>
    </message>
</context>
<context>
    <name>RestoreDialog</name>
    <message>
        <source>The program ended before this was saved. It stays here until you delete it.</source>
        <translation>Das Programm endete, ehe dies gespeichert war. Es bleibt hier, bis es gelöscht wird.</translation>
    </message>
    <message>
        <source>Unsaved work</source>
        <translation>Nicht Gespeichertes</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>Wiederherstellen</translation>
    </message>
    <message>
        <source>Delete for good</source>
        <translation>Endgültig löschen</translation>
    </message>
</context>
<context>
    <name>Restoring</name>
    <message>
        <source>Another window has restored it meanwhile</source>
        <translation>Ein anderes Fenster hat es inzwischen wiederhergestellt</translation>
    </message>
    <message>
        <source>There is work that was not saved: File, Restore unsaved work</source>
        <translation>Es gibt Arbeit, die nicht gespeichert wurde: Datei, Nicht Gespeichertes wiederherstellen</translation>
    </message>
</context>
<context>
    <name>Resuming</name>
    <message>
        <source>Find the video</source>
        <translation>Das Video suchen</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>Alle Dateien</translation>
    </message>
</context>
<context>
    <name>Review</name>
    <message>
        <source>None after this frame</source>
        <translation>Keine nach diesem Bild</translation>
    </message>
    <message>
        <source>None before this frame</source>
        <translation>Keine vor diesem Bild</translation>
    </message>
</context>
<context>
    <name>Ruler</name>
    <message>
        <source>Ruler</source>
        <translation>Lineal</translation>
    </message>
    <message>
        <source>{0:.1f} px</source>
        <translation>{0:.1f} px</translation>
    </message>
</context>
<context>
    <name>Saving</name>
    <message>
        <source>Save project as</source>
        <translation>Projekt speichern unter</translation>
    </message>
    <message>
        <source>AttnTrack projects</source>
        <translation>AttnTrack-Projekte</translation>
    </message>
    <message>
        <source>Saved: {0}</source>
        <translation>Gespeichert: {0}</translation>
    </message>
</context>
<context>
    <name>ScaleDialog</name>
    <message>
        <source>Scale</source>
        <translation>Maßstab</translation>
    </message>
    <message>
        <source>The line is {0:.1f} pixels long. How long is it really?</source>
        <translation>Die Linie ist {0:.1f} Bildpunkte lang. Wie lang ist sie wirklich?</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>Länge</translation>
    </message>
    <message>
        <source>Unit</source>
        <translation>Einheit</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Use this scale</source>
        <translation>Maßstab verwenden</translation>
    </message>
</context>
<context>
    <name>ShortcutsDialog</name>
    <message>
        <source>Keys and gestures</source>
        <translation>Tasten und Gesten</translation>
    </message>
    <message>
        <source>Mouse</source>
        <translation>Maus</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>SidePanel</name>
    <message>
        <source>Side panel</source>
        <translation>Seitenleiste</translation>
    </message>
    <message>
        <source>Pages of the side panel</source>
        <translation>Seiten der Seitenleiste</translation>
    </message>
</context>
<context>
    <name>StageBars</name>
    <message>
        <source>Where the time of a frame goes: medians over the last frames. Stages may run side by side</source>
        <translation>Wohin die Zeit eines Bildes geht: Mediane der letzten Bilder. Schritte können nebeneinander laufen</translation>
    </message>
    <message>
        <source>Timings</source>
        <translation>Zeiten</translation>
    </message>
    <message>
        <source>total</source>
        <translation>gesamt</translation>
    </message>
    <message>
        <source>{0:.1f} ms</source>
        <translation>{0:.1f} ms</translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source>Backend</source>
        <translation>Rechenwerk</translation>
    </message>
    <message>
        <source>What runs the networks</source>
        <translation>Womit die Netze gerechnet werden</translation>
    </message>
    <message>
        <source>Tracking rate</source>
        <translation>Tempo der Verfolgung</translation>
    </message>
    <message>
        <source>Frames tracked a second, and the time one takes</source>
        <translation>Verfolgte Bilder pro Sekunde und die Zeit für eines</translation>
    </message>
    <message>
        <source>Real speed</source>
        <translation>Wirkliches Tempo</translation>
    </message>
    <message>
        <source>Real playback speed against the video&apos;s own clock</source>
        <translation>Wirkliches Abspieltempo gegenüber der Uhr des Videos</translation>
    </message>
    <message>
        <source>Latency</source>
        <translation>Verzögerung</translation>
    </message>
    <message>
        <source>From a live frame&apos;s arrival to its box on the screen</source>
        <translation>Von der Ankunft eines Bildes bis zu seinem Rahmen auf dem Schirm</translation>
    </message>
    <message>
        <source>Dropped frames</source>
        <translation>Ausgelassene Bilder</translation>
    </message>
    <message>
        <source>Live frames that came while the tracker was busy</source>
        <translation>Bilder, die kamen, während noch gerechnet wurde</translation>
    </message>
    <message>
        <source>Recording</source>
        <translation>Aufnahme</translation>
    </message>
    <message>
        <source>A video is being recorded</source>
        <translation>Ein Video wird aufgenommen</translation>
    </message>
    <message>
        <source>Pointer</source>
        <translation>Zeiger</translation>
    </message>
    <message>
        <source>Picture pixel under the pointer, and its attention</source>
        <translation>Bildpunkt unter dem Zeiger und seine Aufmerksamkeit</translation>
    </message>
    <message>
        <source>Frame and time</source>
        <translation>Bild und Zeit</translation>
    </message>
    <message>
        <source>Frame shown and its time</source>
        <translation>Gezeigtes Bild und seine Zeit</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>Vergrößerung</translation>
    </message>
    <message>
        <source>Size of the picture on the screen</source>
        <translation>Größe des Bildes auf dem Schirm</translation>
    </message>
    <message>
        <source>{0:.0f} fps</source>
        <translation>{0:.0f} B/s</translation>
    </message>
    <message>
        <source>  ·  {0:.0f} ms</source>
        <translation>  ·  {0:.0f} ms</translation>
    </message>
    <message>
        <source>{0:.2f}× real time</source>
        <translation>{0:.2f}× Echtzeit</translation>
    </message>
    <message>
        <source>{0:.0f} ms latency</source>
        <translation>{0:.0f} ms Verzögerung</translation>
    </message>
    <message>
        <source>{0} dropped</source>
        <translation>{0} ausgelassen</translation>
    </message>
</context>
<context>
    <name>StillActions</name>
    <message>
        <source>Saved: {0}</source>
        <translation>Gespeichert: {0}</translation>
    </message>
    <message>
        <source>The picture is on the clipboard</source>
        <translation>Das Bild ist in der Zwischenablage</translation>
    </message>
    <message>
        <source>There is nothing to copy: track something first</source>
        <translation>Es gibt nichts zu kopieren: erst etwas verfolgen</translation>
    </message>
    <message>
        <source>Copied {0} rows of the track</source>
        <translation>{0} Zeilen der Spur kopiert</translation>
    </message>
</context>
<context>
    <name>StreamDialog</name>
    <message>
        <source>Open stream</source>
        <translation>Strom öffnen</translation>
    </message>
    <message>
        <source>The address of a network camera or a video on a server.</source>
        <translation>Die Adresse einer Netzwerkkamera oder eines Videos auf einem Server.</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Examples:  rtsp://user:password@camera/stream   ·   http://camera/video.mjpg</source>
        <translation>Beispiele:  rtsp://name:kennwort@kamera/strom   ·   http://kamera/video.mjpg</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
</context>
<context>
    <name>SummaryPage</name>
    <message>
        <source>Save summary</source>
        <translation>Kennzahlen speichern</translation>
    </message>
    <message>
        <source>Summary of each track</source>
        <translation>Kennzahlen jeder Spur</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Save as CSV…</source>
        <translation>Als CSV speichern…</translation>
    </message>
    <message>
        <source>Copy the table, to be pasted into a spreadsheet</source>
        <translation>Die Tabelle kopieren, um sie in eine Tabellenkalkulation einzufügen</translation>
    </message>
    <message>
        <source>Write the table to a file</source>
        <translation>Die Tabelle in eine Datei schreiben</translation>
    </message>
    <message>
        <source>Summary</source>
        <translation>Kennzahlen</translation>
    </message>
    <message>
        <source>frames {0} to {1}</source>
        <translation>Bilder {0} bis {1}</translation>
    </message>
    <message>
        <source>target</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>Zeilen</translation>
    </message>
    <message>
        <source>first frame</source>
        <translation>erstes Bild</translation>
    </message>
    <message>
        <source>last frame</source>
        <translation>letztes Bild</translation>
    </message>
    <message>
        <source>visible (s)</source>
        <translation>sichtbar (s)</translation>
    </message>
    <message>
        <source>lost (%)</source>
        <translation>verloren (%)</translation>
    </message>
    <message>
        <source>path ({0})</source>
        <translation>Weg ({0})</translation>
    </message>
    <message>
        <source>net way ({0})</source>
        <translation>Luftlinie ({0})</translation>
    </message>
    <message>
        <source>mean speed {0}/s</source>
        <translation>im Mittel {0}/s</translation>
    </message>
    <message>
        <source>top speed {0}/s</source>
        <translation>höchstens {0}/s</translation>
    </message>
    <message>
        <source>confidence</source>
        <translation>Sicherheit</translation>
    </message>
    <message>
        <source>The summary is on the clipboard</source>
        <translation>Die Kennzahlen sind in der Zwischenablage</translation>
    </message>
    <message>
        <source>Saved: {0}</source>
        <translation>Gespeichert: {0}</translation>
    </message>
</context>
<context>
    <name>TargetBook</name>
    <message>
        <source>Target {0}</source>
        <translation>Ziel {0}</translation>
    </message>
</context>
<context>
    <name>TargetRow</name>
    <message>
        <source>Select {0}  ({1})</source>
        <translation>{0} auswählen  ({1})</translation>
    </message>
    <message>
        <source>Show {0}</source>
        <translation>{0} zeigen</translation>
    </message>
    <message>
        <source>Hide {0}</source>
        <translation>{0} ausblenden</translation>
    </message>
    <message>
        <source>{0}: not on this frame</source>
        <translation>{0}: nicht auf diesem Bild</translation>
    </message>
    <message>
        <source>{0}: {1}, confidence {2:.0%}</source>
        <translation>{0}: {1}, Sicherheit {2:.0%}</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Enter takes the name, Esc does not</source>
        <translation>Eingabe übernimmt den Namen, Esc nicht</translation>
    </message>
    <message>
        <source>not on this frame</source>
        <translation>nicht auf diesem Bild</translation>
    </message>
</context>
<context>
    <name>TargetsPanel</name>
    <message>
        <source>Targets</source>
        <translation>Ziele</translation>
    </message>
    <message>
        <source>Nothing is followed yet. Drag a box on the picture.</source>
        <translation>Noch wird nichts verfolgt. Einen Rahmen auf das Bild ziehen.</translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>Timeline</source>
        <translation>Zeitleiste</translation>
    </message>
    <message>
        <source>Click or drag to go to a frame, turn the wheel to zoom; the bands show how sure the track is</source>
        <translation>Klicken oder ziehen, um zu einem Bild zu gehen, am Rad drehen zum Vergrößern; die Bänder zeigen, wie sicher die Spur ist</translation>
    </message>
    <message>
        <source>Frame {0}  ·  {1}</source>
        <translation>Bild {0}  ·  {1}</translation>
    </message>
</context>
<context>
    <name>TimingsPanel</name>
    <message>
        <source>Time of a frame</source>
        <translation>Zeit für ein Bild</translation>
    </message>
</context>
<context>
    <name>ToolBar</name>
    <message>
        <source>Tools</source>
        <translation>Werkzeuge</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>Kamera</translation>
    </message>
    <message>
        <source>Stream</source>
        <translation>Strom</translation>
    </message>
    <message>
        <source>Redraw</source>
        <translation>Neu zeichnen</translation>
    </message>
    <message>
        <source>Add target</source>
        <translation>Weiteres Ziel</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
</context>
<context>
    <name>TrackEdits</name>
    <message>
        <source>add {0}</source>
        <translation>{0} hinzufügen</translation>
    </message>
    <message>
        <source>correct {0}</source>
        <translation>{0} korrigieren</translation>
    </message>
    <message>
        <source>{0} not visible</source>
        <translation>{0} nicht zu sehen</translation>
    </message>
    <message>
        <source>{0} visible again</source>
        <translation>{0} wieder zu sehen</translation>
    </message>
    <message>
        <source>track {0} backwards</source>
        <translation>{0} rückwärts verfolgen</translation>
    </message>
    <message>
        <source>track {0} again</source>
        <translation>{0} neu verfolgen</translation>
    </message>
    <message>
        <source>delete keyframe of {0}</source>
        <translation>Schlüsselbild von {0} löschen</translation>
    </message>
    <message>
        <source>interpolate {0}</source>
        <translation>{0} interpolieren</translation>
    </message>
    <message>
        <source>remove {0}</source>
        <translation>{0} entfernen</translation>
    </message>
    <message>
        <source>stop {0}</source>
        <translation>{0} beenden</translation>
    </message>
    <message>
        <source>remove all targets</source>
        <translation>alle Ziele entfernen</translation>
    </message>
    <message>
        <source>merge into {0}</source>
        <translation>mit {0} vereinen</translation>
    </message>
    <message>
        <source>import track</source>
        <translation>Spur importieren</translation>
    </message>
    <message>
        <source>split {0}</source>
        <translation>{0} teilen</translation>
    </message>
    <message>
        <source>From here on it is {0}</source>
        <translation>Von hier an ist es {0}</translation>
    </message>
    <message>
        <source>Target {0}</source>
        <translation>Ziel {0}</translation>
    </message>
    <message>
        <source>rename {0}</source>
        <translation>{0} umbenennen</translation>
    </message>
    <message>
        <source>recolour {0}</source>
        <translation>{0} umfärben</translation>
    </message>
</context>
<context>
    <name>TrackOptions</name>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>CSV – a row for every frame and target, with states</source>
        <translation>CSV – eine Zeile je Bild und Ziel, mit Zuständen</translation>
    </message>
    <message>
        <source>MOT challenge text</source>
        <translation>Text der MOT-Challenge</translation>
    </message>
    <message>
        <source>OTB text – one box a line</source>
        <translation>OTB-Text – ein Rahmen je Zeile</translation>
    </message>
    <message>
        <source>VOT text – regions and confidences</source>
        <translation>VOT-Text – Bereiche und Sicherheiten</translation>
    </message>
    <message>
        <source>COCO JSON</source>
        <translation>COCO-JSON</translation>
    </message>
    <message>
        <source>Centre, size and speed in {0}</source>
        <translation>Mitte, Größe und Geschwindigkeit in {0}</translation>
    </message>
    <message>
        <source>Five more columns behind the others</source>
        <translation>Fünf weitere Spalten hinter den anderen</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Dazu</translation>
    </message>
</context>
<context>
    <name>TrajectoryPage</name>
    <message>
        <source>Trajectories</source>
        <translation>Bahnen</translation>
    </message>
    <message>
        <source>{0}  ·  click a way to go there</source>
        <translation>{0}  ·  Klick geht hin</translation>
    </message>
</context>
<context>
    <name>Transport</name>
    <message>
        <source>Time and frame</source>
        <translation>Zeit und Bild</translation>
    </message>
    <message>
        <source>&amp;Speed</source>
        <translation>&amp;Tempo</translation>
    </message>
    <message>
        <source>Playback speed  ([ slower, ] faster)</source>
        <translation>Abspieltempo  ([ langsamer, ] schneller)</translation>
    </message>
    <message>
        <source>Playback speed</source>
        <translation>Abspieltempo</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Play and track</source>
        <translation>Abspielen und verfolgen</translation>
    </message>
    <message>
        <source>Max</source>
        <translation>Max</translation>
    </message>
    <message>
        <source>frame {0}</source>
        <translation>Bild {0}</translation>
    </message>
</context>
<context>
    <name>UnsavedDialog</name>
    <message>
        <source>{0} targets on {1} frames have changes that are in no project file.</source>
        <translation>{0} Ziele auf {1} Bildern haben Änderungen, die in keiner Projektdatei stehen.</translation>
    </message>
    <message>
        <source>{0} target on {1} frames has changes that are in no project file.</source>
        <translation>{0} Ziel auf {1} Bildern hat Änderungen, die in keiner Projektdatei stehen.</translation>
    </message>
    <message>
        <source>There are changes that are in no project file.</source>
        <translation>Es gibt Änderungen, die in keiner Projektdatei stehen.</translation>
    </message>
    <message>
        <source>Save your work on {0}?</source>
        <translation>Die Arbeit an {0} speichern?</translation>
    </message>
    <message>
        <source>&amp;Don’t save</source>
        <translation>&amp;Nicht speichern</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>&amp;Speichern</translation>
    </message>
</context>
<context>
    <name>UntrackedNote</name>
    <message>
        <source>Track them first</source>
        <translation>Erst verfolgen</translation>
    </message>
    <message>
        <source>Track on to where the track ended before, then come back here</source>
        <translation>Weiter verfolgen bis dahin, wo die Spur vorher endete, dann hierher zurück</translation>
    </message>
    <message>
        <source>1 frame behind a correction is not tracked again yet. It would be missing.</source>
        <translation>1 Bild hinter einer Korrektur ist noch nicht neu verfolgt. Es würde fehlen.</translation>
    </message>
    <message>
        <source>{0} frames behind a correction are not tracked again yet. They would be missing.</source>
        <translation>{0} Bilder hinter einer Korrektur sind noch nicht neu verfolgt. Sie würden fehlen.</translation>
    </message>
</context>
<context>
    <name>VideoOptions</name>
    <message>
        <source>Boxes and labels</source>
        <translation>Rahmen und Schilder</translation>
    </message>
    <message>
        <source>Trail</source>
        <translation>Weg</translation>
    </message>
    <message>
        <source>Search window</source>
        <translation>Suchfenster</translation>
    </message>
    <message>
        <source>For the heatmap: record while tracking (Ctrl+R)</source>
        <translation>Für das Wärmebild: beim Verfolgen aufnehmen (Strg+R)</translation>
    </message>
    <message>
        <source>Draw</source>
        <translation>Zeichnen</translation>
    </message>
</context>
<context>
    <name>Welcome</name>
    <message>
        <source>Follow anything through a video</source>
        <translation>Alles durch ein Video verfolgen</translation>
    </message>
    <message>
        <source>Open a video or a camera, drag a box around something, and watch it being tracked.</source>
        <translation>Ein Video oder eine Kamera öffnen, einen Rahmen um etwas ziehen und zusehen, wie es verfolgt wird.</translation>
    </message>
    <message>
        <source>Open video</source>
        <translation>Video öffnen</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>Kamera</translation>
    </message>
    <message>
        <source>Demo</source>
        <translation>Vorführung</translation>
    </message>
    <message>
        <source>… or drop a video or a project here</source>
        <translation>… oder ein Video oder Projekt hier ablegen</translation>
    </message>
    <message>
        <source>Open {0}</source>
        <translation>{0} öffnen</translation>
    </message>
    <message>
        <source>Drop it here to open it</source>
        <translation>Hier ablegen, um es zu öffnen</translation>
    </message>
    <message>
        <source>Open a video or a camera</source>
        <translation>Ein Video oder eine Kamera öffnen</translation>
    </message>
    <message>
        <source>Drag a box around what you want to follow</source>
        <translation>Einen Rahmen um das ziehen, was verfolgt werden soll</translation>
    </message>
    <message>
        <source>Space plays and tracks</source>
        <translation>Leertaste spielt ab und verfolgt</translation>
    </message>
    <message>
        <source>Where it goes wrong, pause and draw the box again</source>
        <translation>Wo es falsch läuft, anhalten und den Rahmen neu zeichnen</translation>
    </message>
    <message>
        <source>Ctrl+E writes the track</source>
        <translation>Strg+E schreibt die Spur</translation>
    </message>
    <message>
        <source>First steps</source>
        <translation>Erste Schritte</translation>
    </message>
</context>
<context>
    <name>WhyPanel</name>
    <message>
        <source>Why here?</source>
        <translation>Warum hier?</translation>
    </message>
    <message>
        <source>The best candidate near the last place</source>
        <translation>Der beste Kandidat nahe der letzten Stelle</translation>
    </message>
    <message>
        <source>The best candidate elsewhere in the picture, where attention pointed</source>
        <translation>Der beste Kandidat anderswo im Bild, wohin die Aufmerksamkeit wies</translation>
    </message>
    <message>
        <source>Near</source>
        <translation>Nah</translation>
    </message>
    <message>
        <source>Far</source>
        <translation>Fern</translation>
    </message>
</context>
<context>
    <name>Wiring</name>
    <message>
        <source>Retry now</source>
        <translation>Jetzt versuchen</translation>
    </message>
    <message>
        <source>Try to reconnect without waiting</source>
        <translation>Ohne Warten neu verbinden</translation>
    </message>
    <message>
        <source>Give up</source>
        <translation>Aufgeben</translation>
    </message>
    <message>
        <source>Reconnect no more; picture and track stay</source>
        <translation>Nicht mehr neu verbinden; Bild und Spur bleiben</translation>
    </message>
    <message>
        <source>Opening {0} …</source>
        <translation>{0} wird geöffnet …</translation>
    </message>
    <message>
        <source>The pictures are not there: this is the track alone</source>
        <translation>Die Bilder fehlen: das ist nur die Spur</translation>
    </message>
    <message>
        <source>Drag along something whose length you know  ·  Esc to cancel</source>
        <translation>Entlang von etwas ziehen, dessen Länge bekannt ist  ·  Esc bricht ab</translation>
    </message>
    <message>
        <source>Click where the origin shall be  ·  Esc to cancel</source>
        <translation>Dorthin klicken, wo der Ursprung sein soll  ·  Esc bricht ab</translation>
    </message>
    <message>
        <source>Drag a box around one more thing  ·  Esc to cancel</source>
        <translation>Einen Rahmen um noch etwas ziehen  ·  Esc bricht ab</translation>
    </message>
    <message>
        <source>Drag the new box  ·  Esc to cancel</source>
        <translation>Den neuen Rahmen ziehen  ·  Esc bricht ab</translation>
    </message>
    <message>
        <source>Arrows move  ·  Alt+arrows resize  ·  Shift: ×10  ·  Enter takes it  ·  Esc does not</source>
        <translation>Pfeile verschieben  ·  Alt+Pfeile ändern die Größe  ·  Umschalt: ×10  ·  Eingabe übernimmt  ·  Esc verwirft</translation>
    </message>
    <message>
        <source>LOST.</source>
        <translation>VERLOREN.</translation>
    </message>
    <message>
        <source>{0} LOST.</source>
        <translation>{0} VERLOREN.</translation>
    </message>
    <message>
        <source>Press R and draw the box again, or wait: still searching</source>
        <translation>R drücken und den Rahmen neu zeichnen, oder warten: es wird weiter gesucht</translation>
    </message>
    <message>
        <source>Drag a box around what you want to follow</source>
        <translation>Einen Rahmen um das ziehen, was verfolgt werden soll</translation>
    </message>
    <message>
        <source>Space plays and tracks  ·  drag again to correct the box</source>
        <translation>Leertaste spielt ab und verfolgt  ·  noch einmal ziehen, um den Rahmen zu korrigieren</translation>
    </message>
    <message>
        <source>Signal lost: trying to reconnect …</source>
        <translation>Signal verloren: wird neu verbunden …</translation>
    </message>
    <message>
        <source>Signal lost: trying to reconnect (attempt {0}) …</source>
        <translation>Signal verloren: wird neu verbunden (Versuch {0}) …</translation>
    </message>
    <message>
        <source>tracking is not ready</source>
        <translation>Verfolgung ist nicht bereit</translation>
    </message>
    <message>
        <source>loading the networks …</source>
        <translation>Netze werden geladen …</translation>
    </message>
    <message>
        <source>frame {0}  ·  {1:.3f} s</source>
        <translation>Bild {0}  ·  {1:.3f} s</translation>
    </message>
    <message>
        <source>  ·  attention {0:.2f}</source>
        <translation>  ·  Aufmerksamkeit {0:.2f}</translation>
    </message>
    <message>
        <source>That box is too small: draw at least {0:.0f} × {0:.0f} pixels</source>
        <translation>Der Rahmen ist zu klein: mindestens {0:.0f} × {0:.0f} Bildpunkte zeichnen</translation>
    </message>
    <message>
        <source>Draw the box on the picture</source>
        <translation>Den Rahmen auf das Bild zeichnen</translation>
    </message>
</context>
<context>
    <name>Writers</name>
    <message>
        <source>Record to</source>
        <translation>Aufnehmen nach</translation>
    </message>
    <message>
        <source>There is no track yet: drag a box and play first</source>
        <translation>Noch gibt es keine Spur: erst einen Rahmen ziehen und abspielen</translation>
    </message>
    <message>
        <source>Written: {0}</source>
        <translation>Geschrieben: {0}</translation>
    </message>
</context>
<context>
    <name>actions</name>
    <message>
        <source>&amp;Open video…</source>
        <translation>Video ö&amp;ffnen…</translation>
    </message>
    <message>
        <source>Open &amp;camera…</source>
        <translation>&amp;Kamera öffnen…</translation>
    </message>
    <message>
        <source>Follow something live from a camera</source>
        <translation>Etwas im Bild einer Kamera verfolgen</translation>
    </message>
    <message>
        <source>Open &amp;stream…</source>
        <translation>&amp;Strom öffnen…</translation>
    </message>
    <message>
        <source>Open a network stream by its address</source>
        <translation>Einen Netzwerkstrom mit seiner Adresse öffnen</translation>
    </message>
    <message>
        <source>Play the &amp;demo</source>
        <translation>&amp;Vorführung abspielen</translation>
    </message>
    <message>
        <source>Open the demo clip that comes with the program</source>
        <translation>Den mitgelieferten Vorführclip öffnen</translation>
    </message>
    <message>
        <source>Open pro&amp;ject…</source>
        <translation>Pro&amp;jekt öffnen…</translation>
    </message>
    <message>
        <source>Go on with a project that was saved</source>
        <translation>Mit einem gespeicherten Projekt weitermachen</translation>
    </message>
    <message>
        <source>Restore &amp;unsaved work…</source>
        <translation>Nicht &amp;Gespeichertes wiederherstellen…</translation>
    </message>
    <message>
        <source>Go on with work that was not saved when the program ended</source>
        <translation>Mit Arbeit weitermachen, die nicht gespeichert war, als das Programm endete</translation>
    </message>
    <message>
        <source>C&amp;lose</source>
        <translation>S&amp;chließen</translation>
    </message>
    <message>
        <source>Close the video and go back to the start page</source>
        <translation>Das Video schließen und zur Startseite zurückgehen</translation>
    </message>
    <message>
        <source>&amp;Export track…</source>
        <translation>Spur &amp;exportieren…</translation>
    </message>
    <message>
        <source>Write the track to a CSV, MOT, OTB, VOT or COCO file</source>
        <translation>Die Spur in eine CSV-, MOT-, OTB-, VOT- oder COCO-Datei schreiben</translation>
    </message>
    <message>
        <source>Export &amp;video…</source>
        <translation>V&amp;ideo exportieren…</translation>
    </message>
    <message>
        <source>Write the video with the overlays drawn on it</source>
        <translation>Das Video mit den Einblendungen schreiben</translation>
    </message>
    <message>
        <source>Export target cut ou&amp;t…</source>
        <translation>Ausschni&amp;tt exportieren…</translation>
    </message>
    <message>
        <source>Write a video of one target alone, held still in the middle</source>
        <translation>Ein Video von einem Ziel allein schreiben, ruhig in der Mitte gehalten</translation>
    </message>
    <message>
        <source>I&amp;mport track…</source>
        <translation>Spur i&amp;mportieren…</translation>
    </message>
    <message>
        <source>Add the targets of a CSV, MOT, OTB, VOT or COCO file</source>
        <translation>Die Ziele einer CSV-, MOT-, OTB-, VOT- oder COCO-Datei hinzufügen</translation>
    </message>
    <message>
        <source>&amp;Record while tracking…</source>
        <translation>Beim Verfolgen auf&amp;nehmen…</translation>
    </message>
    <message>
        <source>Write each frame with its overlays to a video as it is tracked</source>
        <translation>Jedes Bild mit seinen Einblendungen in ein Video schreiben, während es verfolgt wird</translation>
    </message>
    <message>
        <source>&amp;Save project</source>
        <translation>&amp;Projekt speichern</translation>
    </message>
    <message>
        <source>Save the track, the targets and everything else of this work</source>
        <translation>Spur, Ziele und alles andere dieser Arbeit speichern</translation>
    </message>
    <message>
        <source>Save project &amp;as…</source>
        <translation>Projekt speichern &amp;unter…</translation>
    </message>
    <message>
        <source>Save the project under another name</source>
        <translation>Das Projekt unter einem anderen Namen speichern</translation>
    </message>
    <message>
        <source>Save &amp;picture…</source>
        <translation>Bil&amp;d speichern…</translation>
    </message>
    <message>
        <source>Save the picture with what is drawn on it as PNG or SVG</source>
        <translation>Das Bild mit dem, was darauf gezeichnet ist, als PNG oder SVG speichern</translation>
    </message>
    <message>
        <source>&amp;Copy picture</source>
        <translation>Bild k&amp;opieren</translation>
    </message>
    <message>
        <source>Copy the picture with what is drawn on it</source>
        <translation>Das Bild mit dem, was darauf gezeichnet ist, kopieren</translation>
    </message>
    <message>
        <source>Copy &amp;track</source>
        <translation>Spur kopie&amp;ren</translation>
    </message>
    <message>
        <source>Copy the selected target&apos;s rows as CSV, from the in to the out point</source>
        <translation>Die Zeilen des ausgewählten Ziels als CSV kopieren, vom gesetzten Anfang bis zum Ende</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>Close the program</source>
        <translation>Das Programm schließen</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>&amp;Rückgängig</translation>
    </message>
    <message>
        <source>Take the last change back</source>
        <translation>Die letzte Änderung zurücknehmen</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>&amp;Wiederholen</translation>
    </message>
    <message>
        <source>Make the change again that was taken back</source>
        <translation>Die zurückgenommene Änderung noch einmal machen</translation>
    </message>
    <message>
        <source>&amp;Adjust box</source>
        <translation>Rahmen &amp;anpassen</translation>
    </message>
    <message>
        <source>Move and resize the selected box with the arrow keys; Enter takes it, Esc does not</source>
        <translation>Den ausgewählten Rahmen mit den Pfeiltasten verschieben und in der Größe ändern; Eingabe übernimmt ihn, Esc nicht</translation>
    </message>
    <message>
        <source>Corrections &amp;keep what follows</source>
        <translation>&amp;Korrekturen lassen, was folgt</translation>
    </message>
    <message>
        <source>A corrected box changes its own frame only; otherwise what follows is tracked anew</source>
        <translation>Ein korrigierter Rahmen ändert nur sein eigenes Bild; sonst wird neu verfolgt, was folgt</translation>
    </message>
    <message>
        <source>&amp;Not visible from here</source>
        <translation>Ab hier &amp;nicht zu sehen</translation>
    </message>
    <message>
        <source>Say that the selected target is out of sight from this frame on</source>
        <translation>Sagen, dass das ausgewählte Ziel von diesem Bild an nicht zu sehen ist</translation>
    </message>
    <message>
        <source>&amp;Visible again</source>
        <translation>Wie&amp;der zu sehen</translation>
    </message>
    <message>
        <source>Say that the selected target is in sight again: it is looked for</source>
        <translation>Sagen, dass das ausgewählte Ziel wieder zu sehen ist: es wird gesucht</translation>
    </message>
    <message>
        <source>Track &amp;backwards from here</source>
        <translation>Von hier rückwärts &amp;verfolgen</translation>
    </message>
    <message>
        <source>Follow the selected target from this frame back to its keyframe before</source>
        <translation>Das ausgewählte Ziel von diesem Bild zurück bis zum vorigen Schlüsselbild verfolgen</translation>
    </message>
    <message>
        <source>Track a&amp;gain from here</source>
        <translation>Von hier neu ver&amp;folgen</translation>
    </message>
    <message>
        <source>Follow the selected target anew from this frame to its next keyframe</source>
        <translation>Das ausgewählte Ziel von diesem Bild bis zum nächsten Schlüsselbild neu verfolgen</translation>
    </message>
    <message>
        <source>&amp;Interpolate</source>
        <translation>&amp;Interpolieren</translation>
    </message>
    <message>
        <source>Put straight lines between the drawn boxes on both sides of this frame</source>
        <translation>Gerade Linien zwischen die gezeichneten Rahmen auf beiden Seiten dieses Bildes legen</translation>
    </message>
    <message>
        <source>&amp;Delete keyframe</source>
        <translation>Schlüsselbild &amp;löschen</translation>
    </message>
    <message>
        <source>Take back what was drawn or marked on this frame; it is tracked over</source>
        <translation>Zurücknehmen, was auf diesem Bild gezeichnet oder gesagt wurde; es wird darüber hinweg verfolgt</translation>
    </message>
    <message>
        <source>Next &amp;keyframe</source>
        <translation>Nä&amp;chstes Schlüsselbild</translation>
    </message>
    <message>
        <source>Go to the next frame on which the selected target was drawn or marked</source>
        <translation>Zum nächsten Bild, auf dem etwas zum ausgewählten Ziel gezeichnet oder gesagt wurde</translation>
    </message>
    <message>
        <source>&amp;Previous keyframe</source>
        <translation>V&amp;origes Schlüsselbild</translation>
    </message>
    <message>
        <source>Go to the previous frame on which the selected target was drawn or marked</source>
        <translation>Zum vorigen Bild, auf dem etwas zum ausgewählten Ziel gezeichnet oder gesagt wurde</translation>
    </message>
    <message>
        <source>&amp;Play</source>
        <translation>&amp;Abspielen</translation>
    </message>
    <message>
        <source>Play and track, or pause</source>
        <translation>Abspielen und verfolgen, oder anhalten</translation>
    </message>
    <message>
        <source>Next &amp;frame</source>
        <translation>&amp;Nächstes Bild</translation>
    </message>
    <message>
        <source>Go one frame on</source>
        <translation>Ein Bild weiter</translation>
    </message>
    <message>
        <source>Pre&amp;vious frame</source>
        <translation>&amp;Voriges Bild</translation>
    </message>
    <message>
        <source>Go one frame back</source>
        <translation>Ein Bild zurück</translation>
    </message>
    <message>
        <source>Forward 10 frames</source>
        <translation>10 Bilder vor</translation>
    </message>
    <message>
        <source>Go ten frames on</source>
        <translation>Zehn Bilder weiter</translation>
    </message>
    <message>
        <source>Back 10 frames</source>
        <translation>10 Bilder zurück</translation>
    </message>
    <message>
        <source>Go ten frames back</source>
        <translation>Zehn Bilder zurück</translation>
    </message>
    <message>
        <source>To the &amp;start</source>
        <translation>Zum An&amp;fang</translation>
    </message>
    <message>
        <source>Go to the first frame</source>
        <translation>Zum ersten Bild</translation>
    </message>
    <message>
        <source>To the &amp;end</source>
        <translation>Zum &amp;Ende</translation>
    </message>
    <message>
        <source>Go to the last frame</source>
        <translation>Zum letzten Bild</translation>
    </message>
    <message>
        <source>&amp;Go to frame…</source>
        <translation>&amp;Gehe zu Bild…</translation>
    </message>
    <message>
        <source>Go to a frame by its number</source>
        <translation>Zu einem Bild mit seiner Nummer</translation>
    </message>
    <message>
        <source>Slower</source>
        <translation>Langsamer</translation>
    </message>
    <message>
        <source>Play slower</source>
        <translation>Langsamer abspielen</translation>
    </message>
    <message>
        <source>Faster</source>
        <translation>Schneller</translation>
    </message>
    <message>
        <source>Play faster</source>
        <translation>Schneller abspielen</translation>
    </message>
    <message>
        <source>&amp;Next event</source>
        <translation>Nächstes E&amp;reignis</translation>
    </message>
    <message>
        <source>Go to the next place where the target was lost, found again or drawn</source>
        <translation>Zur nächsten Stelle, an der das Ziel verloren, wiedergefunden oder gezeichnet wurde</translation>
    </message>
    <message>
        <source>Previous event</source>
        <translation>Voriges Ereignis</translation>
    </message>
    <message>
        <source>Go to the previous place where the target was lost, found again or drawn</source>
        <translation>Zur vorigen Stelle, an der das Ziel verloren, wiedergefunden oder gezeichnet wurde</translation>
    </message>
    <message>
        <source>Next l&amp;ost</source>
        <translation>Nächster &amp;Verlust</translation>
    </message>
    <message>
        <source>Go to the next place where a target was lost</source>
        <translation>Zur nächsten Stelle, an der ein Ziel verloren wurde</translation>
    </message>
    <message>
        <source>Previous lost</source>
        <translation>Voriger Verlust</translation>
    </message>
    <message>
        <source>Go to the previous place where a target was lost</source>
        <translation>Zur vorigen Stelle, an der ein Ziel verloren wurde</translation>
    </message>
    <message>
        <source>Next &amp;unsure</source>
        <translation>Nächste &amp;unsichere Stelle</translation>
    </message>
    <message>
        <source>Go to the next place of low confidence</source>
        <translation>Zur nächsten Stelle mit geringer Sicherheit</translation>
    </message>
    <message>
        <source>Previous unsure</source>
        <translation>Vorige unsichere Stelle</translation>
    </message>
    <message>
        <source>Go to the previous place of low confidence</source>
        <translation>Zur vorigen Stelle mit geringer Sicherheit</translation>
    </message>
    <message>
        <source>Mark &amp;in</source>
        <translation>&amp;Anfang setzen</translation>
    </message>
    <message>
        <source>Begin the part to export here</source>
        <translation>Der Teil zum Exportieren beginnt hier</translation>
    </message>
    <message>
        <source>Mark ou&amp;t</source>
        <translation>&amp;Ende setzen</translation>
    </message>
    <message>
        <source>End the part to export here</source>
        <translation>Der Teil zum Exportieren endet hier</translation>
    </message>
    <message>
        <source>Clear in and out</source>
        <translation>Anfang und Ende löschen</translation>
    </message>
    <message>
        <source>Mean all of the video again</source>
        <translation>Wieder das ganze Video meinen</translation>
    </message>
    <message>
        <source>&amp;Zoom into time</source>
        <translation>&amp;Zeit vergrößern</translation>
    </message>
    <message>
        <source>Show fewer frames on the timeline</source>
        <translation>Weniger Bilder auf der Zeitleiste zeigen</translation>
    </message>
    <message>
        <source>Zoom out of time</source>
        <translation>Zeit verkleinern</translation>
    </message>
    <message>
        <source>Show more frames on the timeline</source>
        <translation>Mehr Bilder auf der Zeitleiste zeigen</translation>
    </message>
    <message>
        <source>All of the time</source>
        <translation>Die ganze Zeit</translation>
    </message>
    <message>
        <source>Show all frames on the timeline</source>
        <translation>Alle Bilder auf der Zeitleiste zeigen</translation>
    </message>
    <message>
        <source>&amp;Redraw box</source>
        <translation>Rahmen &amp;neu zeichnen</translation>
    </message>
    <message>
        <source>Draw the box of the selected target again; then drag on the picture</source>
        <translation>Den Rahmen des ausgewählten Ziels neu zeichnen; dann auf dem Bild ziehen</translation>
    </message>
    <message>
        <source>&amp;Add target</source>
        <translation>&amp;Weiteres Ziel</translation>
    </message>
    <message>
        <source>Follow one more thing; then drag on the picture (or Shift+drag)</source>
        <translation>Noch etwas verfolgen; dann auf dem Bild ziehen (oder mit Umschalt ziehen)</translation>
    </message>
    <message>
        <source>Re&amp;name…</source>
        <translation>&amp;Umbenennen…</translation>
    </message>
    <message>
        <source>Give the selected target a name</source>
        <translation>Dem ausgewählten Ziel einen Namen geben</translation>
    </message>
    <message>
        <source>&amp;Hide</source>
        <translation>Aus&amp;blenden</translation>
    </message>
    <message>
        <source>Do not draw the selected target</source>
        <translation>Das ausgewählte Ziel nicht zeichnen</translation>
    </message>
    <message>
        <source>&amp;Merge…</source>
        <translation>&amp;Vereinen…</translation>
    </message>
    <message>
        <source>Make the selected target and another one the same</source>
        <translation>Das ausgewählte und ein anderes Ziel zu einem machen</translation>
    </message>
    <message>
        <source>&amp;Split here</source>
        <translation>Hier &amp;teilen</translation>
    </message>
    <message>
        <source>From this frame on the track belongs to a new target</source>
        <translation>Von diesem Bild an gehört die Spur einem neuen Ziel</translation>
    </message>
    <message>
        <source>P&amp;lots</source>
        <translation>&amp;Diagramme</translation>
    </message>
    <message>
        <source>Show the plots and the figures below the timeline</source>
        <translation>Die Diagramme und Kennzahlen unter der Zeitleiste zeigen</translation>
    </message>
    <message>
        <source>Stop following the selected target from here on</source>
        <translation>Das ausgewählte Ziel von hier an nicht mehr verfolgen</translation>
    </message>
    <message>
        <source>Open a video, a folder of images or a project</source>
        <translation>Ein Video, einen Ordner mit Bildern oder ein Projekt öffnen</translation>
    </message>
    <message>
        <source>S&amp;top here</source>
        <translation>&amp;Hier aufhören</translation>
    </message>
    <message>
        <source>R&amp;emove target</source>
        <translation>Ziel &amp;entfernen</translation>
    </message>
    <message>
        <source>Remove the selected target with its whole track</source>
        <translation>Das ausgewählte Ziel mit seiner ganzen Spur entfernen</translation>
    </message>
    <message>
        <source>Remove al&amp;l targets</source>
        <translation>A&amp;lle Ziele entfernen</translation>
    </message>
    <message>
        <source>Begin anew on the same video</source>
        <translation>Auf demselben Video neu anfangen</translation>
    </message>
    <message>
        <source>&amp;Cancel drawing</source>
        <translation>Zeichnen &amp;abbrechen</translation>
    </message>
    <message>
        <source>Give up the box being drawn</source>
        <translation>Den begonnenen Rahmen verwerfen</translation>
    </message>
    <message>
        <source>&amp;Set scale…</source>
        <translation>&amp;Maßstab setzen…</translation>
    </message>
    <message>
        <source>Draw a line of known length, then give its length and unit</source>
        <translation>Eine Linie bekannter Länge zeichnen, dann Länge und Einheit angeben</translation>
    </message>
    <message>
        <source>Set &amp;origin</source>
        <translation>&amp;Ursprung setzen</translation>
    </message>
    <message>
        <source>Click where the origin of all coordinates shall be</source>
        <translation>Dorthin klicken, wo der Ursprung aller Koordinaten sein soll</translation>
    </message>
    <message>
        <source>&amp;y upwards</source>
        <translation>&amp;y nach oben</translation>
    </message>
    <message>
        <source>Let y grow upwards, as on paper, instead of downwards, as in pictures</source>
        <translation>y nach oben wachsen lassen wie auf Papier, statt nach unten wie in Bildern</translation>
    </message>
    <message>
        <source>&amp;Measure in pixels</source>
        <translation>In &amp;Bildpunkten messen</translation>
    </message>
    <message>
        <source>Forget scale, origin and direction</source>
        <translation>Maßstab, Ursprung und Richtung vergessen</translation>
    </message>
    <message>
        <source>&amp;Heatmap</source>
        <translation>&amp;Wärmebild</translation>
    </message>
    <message>
        <source>Show where the attention network sees the target</source>
        <translation>Zeigen, wo das Aufmerksamkeitsnetz das Ziel sieht</translation>
    </message>
    <message>
        <source>&amp;Proposals</source>
        <translation>&amp;Vorschläge</translation>
    </message>
    <message>
        <source>Show the candidate boxes, coloured by their score</source>
        <translation>Die Kandidaten zeigen, gefärbt nach Punktzahl</translation>
    </message>
    <message>
        <source>&amp;Search window</source>
        <translation>&amp;Suchfenster</translation>
    </message>
    <message>
        <source>Show the part of the picture that is searched closely</source>
        <translation>Den genau durchsuchten Teil des Bildes zeigen</translation>
    </message>
    <message>
        <source>Attention re&amp;gions</source>
        <translation>&amp;Beachtete Bereiche</translation>
    </message>
    <message>
        <source>Show the regions where the attention is highest</source>
        <translation>Die Bereiche höchster Aufmerksamkeit zeigen</translation>
    </message>
    <message>
        <source>&amp;Trail</source>
        <translation>We&amp;g</translation>
    </message>
    <message>
        <source>Show the way the target came</source>
        <translation>Zeigen, woher das Ziel kam</translation>
    </message>
    <message>
        <source>&amp;Boxes</source>
        <translation>&amp;Rahmen</translation>
    </message>
    <message>
        <source>Show the boxes of the targets</source>
        <translation>Die Rahmen der Ziele zeigen</translation>
    </message>
    <message>
        <source>&amp;Labels</source>
        <translation>Sch&amp;ilder</translation>
    </message>
    <message>
        <source>Show number, state and confidence at each box</source>
        <translation>Nummer, Zustand und Sicherheit an jedem Rahmen zeigen</translation>
    </message>
    <message>
        <source>Scale and a&amp;xes</source>
        <translation>&amp;Maßstab und Achsen</translation>
    </message>
    <message>
        <source>Show the scale bar and the axes, once they are set</source>
        <translation>Maßstab und Achsen zeigen, sobald sie gesetzt sind</translation>
    </message>
    <message>
        <source>Hide &amp;all overlays</source>
        <translation>&amp;Alles ausblenden</translation>
    </message>
    <message>
        <source>Show the bare picture; hold the key to peek</source>
        <translation>Das bloße Bild zeigen; die Taste halten für einen kurzen Blick</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>Ver&amp;größern</translation>
    </message>
    <message>
        <source>Make the picture larger</source>
        <translation>Das Bild größer zeigen</translation>
    </message>
    <message>
        <source>Zoom &amp;out</source>
        <translation>Ver&amp;kleinern</translation>
    </message>
    <message>
        <source>Make the picture smaller</source>
        <translation>Das Bild kleiner zeigen</translation>
    </message>
    <message>
        <source>&amp;Fit to window</source>
        <translation>Ein&amp;passen</translation>
    </message>
    <message>
        <source>Show the whole picture</source>
        <translation>Das ganze Bild zeigen</translation>
    </message>
    <message>
        <source>Actual si&amp;ze</source>
        <translation>&amp;Originalgröße</translation>
    </message>
    <message>
        <source>One pixel of the video on one pixel of the screen</source>
        <translation>Ein Bildpunkt des Videos auf einem des Schirms</translation>
    </message>
    <message>
        <source>Side pa&amp;nel</source>
        <translation>Seiten&amp;leiste</translation>
    </message>
    <message>
        <source>Show targets, overlays and details beside the picture</source>
        <translation>Ziele, Einblendungen und Einzelheiten neben dem Bild zeigen</translation>
    </message>
    <message>
        <source>Bac&amp;kend…</source>
        <translation>&amp;Rechenwerk…</translation>
    </message>
    <message>
        <source>Choose what runs the networks, and compile plans for a GPU</source>
        <translation>Wählen, womit die Netze gerechnet werden, und Pläne für eine GPU übersetzen</translation>
    </message>
    <message>
        <source>&amp;Why here?</source>
        <translation>Warum &amp;hier?</translation>
    </message>
    <message>
        <source>Show what was weighed on this frame and what is remembered, or go back to the targets</source>
        <translation>Zeigen, was auf diesem Bild abgewogen wurde und was gemerkt ist, oder zurück zu den Zielen</translation>
    </message>
    <message>
        <source>F&amp;ull screen</source>
        <translation>Voll&amp;bild</translation>
    </message>
    <message>
        <source>Use the whole screen</source>
        <translation>Den ganzen Schirm nutzen</translation>
    </message>
    <message>
        <source>&amp;Shortcuts</source>
        <translation>&amp;Tasten</translation>
    </message>
    <message>
        <source>Show every key and mouse gesture</source>
        <translation>Alle Tasten und Mausgesten zeigen</translation>
    </message>
    <message>
        <source>&amp;About AttnTrack</source>
        <translation>&amp;Über AttnTrack</translation>
    </message>
    <message>
        <source>Version, backend and licences</source>
        <translation>Version, Rechenwerk und Lizenzen</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
        <source>&amp;Playback</source>
        <translation>&amp;Wiedergabe</translation>
    </message>
    <message>
        <source>&amp;Review</source>
        <translation>D&amp;urchsicht</translation>
    </message>
    <message>
        <source>&amp;Target</source>
        <translation>&amp;Ziel</translation>
    </message>
    <message>
        <source>&amp;Measure</source>
        <translation>&amp;Messen</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>Drag</source>
        <translation>Ziehen</translation>
    </message>
    <message>
        <source>Draw the box of the selected target; on its edges while paused: resize or move it</source>
        <translation>Den Rahmen des ausgewählten Ziels zeichnen; an seinen Kanten, während es steht: Größe ändern oder verschieben</translation>
    </message>
    <message>
        <source>Shift+drag</source>
        <translation>Umschalt+ziehen</translation>
    </message>
    <message>
        <source>Draw the box of one more target</source>
        <translation>Den Rahmen eines weiteren Ziels zeichnen</translation>
    </message>
    <message>
        <source>Click a box</source>
        <translation>Auf einen Rahmen klicken</translation>
    </message>
    <message>
        <source>Select that target</source>
        <translation>Dieses Ziel auswählen</translation>
    </message>
    <message>
        <source>Enter, click the selected box</source>
        <translation>Eingabe, auf den ausgewählten Rahmen klicken</translation>
    </message>
    <message>
        <source>Adjust it: arrows move (Shift: 10 pixels), Alt+arrows resize, Enter takes it, Esc does not</source>
        <translation>Ihn anpassen: Pfeile verschieben (Umschalt: 10 Bildpunkte), Alt+Pfeile ändern die Größe, Eingabe übernimmt ihn, Esc nicht</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>Rad</translation>
    </message>
    <message>
        <source>Zoom at the pointer</source>
        <translation>Am Zeiger vergrößern</translation>
    </message>
    <message>
        <source>Wheel on the timeline</source>
        <translation>Rad auf der Zeitleiste</translation>
    </message>
    <message>
        <source>Zoom into time; with Shift: move along</source>
        <translation>Zeit vergrößern; mit Umschalt: entlang fahren</translation>
    </message>
    <message>
        <source>Drag a flag on the timeline</source>
        <translation>Eine Fahne auf der Zeitleiste ziehen</translation>
    </message>
    <message>
        <source>Move the in or out point</source>
        <translation>Anfang oder Ende verschieben</translation>
    </message>
    <message>
        <source>Double click the timeline</source>
        <translation>Doppelklick auf die Zeitleiste</translation>
    </message>
    <message>
        <source>Show all of the time</source>
        <translation>Die ganze Zeit zeigen</translation>
    </message>
    <message>
        <source>Middle drag, Space+drag</source>
        <translation>Mittlere Taste ziehen, Leertaste+ziehen</translation>
    </message>
    <message>
        <source>Move the picture</source>
        <translation>Das Bild verschieben</translation>
    </message>
    <message>
        <source>Double click</source>
        <translation>Doppelklick</translation>
    </message>
    <message>
        <source>Fit the picture to the window</source>
        <translation>Das Bild ins Fenster einpassen</translation>
    </message>
    <message>
        <source>Hold \</source>
        <translation>\ halten</translation>
    </message>
    <message>
        <source>Peek at the picture without overlays</source>
        <translation>Kurz das Bild ohne Einblendungen sehen</translation>
    </message>
    <message>
        <source>1 … 9</source>
        <translation>1 … 9</translation>
    </message>
    <message>
        <source>Select a target by its number</source>
        <translation>Ein Ziel mit seiner Nummer auswählen</translation>
    </message>
    <message>
        <source>Drop a file</source>
        <translation>Eine Datei ablegen</translation>
    </message>
    <message>
        <source>Open it</source>
        <translation>Sie öffnen</translation>
    </message>
    <message>
        <source>As fast as possible</source>
        <translation>So schnell wie möglich</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Anhalten</translation>
    </message>
</context>
<context>
    <name>backends</name>
    <message>
        <source>Automatic: the fastest that is ready</source>
        <translation>Automatisch: das Schnellste, das bereit ist</translation>
    </message>
    <message>
        <source>ONNX Runtime on the processor</source>
        <translation>ONNX Runtime auf dem Prozessor</translation>
    </message>
    <message>
        <source>ONNX Runtime on the processor, 8 bits where they are harmless</source>
        <translation>ONNX Runtime auf dem Prozessor, 8 Bit wo sie nicht schaden</translation>
    </message>
    <message>
        <source>ONNX Runtime on the processor, 8 bits</source>
        <translation>ONNX Runtime auf dem Prozessor, 8 Bit</translation>
    </message>
    <message>
        <source>OpenVINO on the processor</source>
        <translation>OpenVINO auf dem Prozessor</translation>
    </message>
    <message>
        <source>TensorRT on an NVIDIA GPU</source>
        <translation>TensorRT auf einer NVIDIA-GPU</translation>
    </message>
    <message>
        <source>ONNX Runtime on an NVIDIA GPU</source>
        <translation>ONNX Runtime auf einer NVIDIA-GPU</translation>
    </message>
    <message>
        <source>ONNX Runtime with TensorRT</source>
        <translation>ONNX Runtime mit TensorRT</translation>
    </message>
    <message>
        <source>half precision</source>
        <translation>halbe Genauigkeit</translation>
    </message>
    <message>
        <source>full precision</source>
        <translation>volle Genauigkeit</translation>
    </message>
</context>
<context>
    <name>colors</name>
    <message>
        <source>Turquoise</source>
        <translation>Türkis</translation>
    </message>
    <message>
        <source>Violet</source>
        <translation>Violett</translation>
    </message>
    <message>
        <source>Lime</source>
        <translation>Limette</translation>
    </message>
    <message>
        <source>Pink</source>
        <translation>Rosa</translation>
    </message>
    <message>
        <source>Sage</source>
        <translation>Salbei</translation>
    </message>
    <message>
        <source>Magenta</source>
        <translation>Magenta</translation>
    </message>
    <message>
        <source>Mint</source>
        <translation>Minze</translation>
    </message>
    <message>
        <source>Green</source>
        <translation>Grün</translation>
    </message>
</context>
<context>
    <name>keyframes</name>
    <message>
        <source>Started</source>
        <translation>Begonnen</translation>
    </message>
    <message>
        <source>Drawn</source>
        <translation>Gezeichnet</translation>
    </message>
    <message>
        <source>Not visible</source>
        <translation>Nicht zu sehen</translation>
    </message>
    <message>
        <source>Visible again</source>
        <translation>Wieder zu sehen</translation>
    </message>
</context>
<context>
    <name>pictures</name>
    <message>
        <source>Save picture</source>
        <translation>Bild speichern</translation>
    </message>
</context>
<context>
    <name>stages</name>
    <message>
        <source>decoding</source>
        <translation>Decodieren</translation>
    </message>
    <message>
        <source>features</source>
        <translation>Merkmale</translation>
    </message>
    <message>
        <source>scores</source>
        <translation>Bewerten</translation>
    </message>
    <message>
        <source>locating</source>
        <translation>Lokalisieren</translation>
    </message>
    <message>
        <source>whole picture</source>
        <translation>ganzes Bild</translation>
    </message>
    <message>
        <source>attention</source>
        <translation>Aufmerksamkeit</translation>
    </message>
    <message>
        <source>learning</source>
        <translation>Lernen</translation>
    </message>
</context>
<context>
    <name>states</name>
    <message>
        <source>Start</source>
        <translation>Anfang</translation>
    </message>
    <message>
        <source>Tracking</source>
        <translation>Verfolgt</translation>
    </message>
    <message>
        <source>Unsure</source>
        <translation>Unsicher</translation>
    </message>
    <message>
        <source>Lost</source>
        <translation>Verloren</translation>
    </message>
    <message>
        <source>Drawn</source>
        <translation>Gezeichnet</translation>
    </message>
    <message>
        <source>Not in view</source>
        <translation>Nicht im Bild</translation>
    </message>
    <message>
        <source>Local candidates</source>
        <translation>Lokale Kandidaten</translation>
    </message>
    <message>
        <source>Located boxes</source>
        <translation>Lokalisierte Rahmen</translation>
    </message>
    <message>
        <source>Global candidates</source>
        <translation>Globale Kandidaten</translation>
    </message>
    <message>
        <source>Interpolated</source>
        <translation>Interpoliert</translation>
    </message>
</context>
<context>
    <name>why</name>
    <message>
        <source>far {0:.0%}</source>
        <translation>fern {0:.0%}</translation>
    </message>
    <message>
        <source>Nothing is tracked on this frame.</source>
        <translation>Auf diesem Bild wird nichts verfolgt.</translation>
    </message>
    <message>
        <source>What was weighed here is no longer kept.</source>
        <translation>Was hier abgewogen wurde, ist nicht mehr aufgehoben.</translation>
    </message>
    <message>
        <source>When this frame was tracked, target {0} was selected: the figures are its own.</source>
        <translation>Als dieses Bild verfolgt wurde, war Ziel {0} ausgewählt: die Zahlen sind seine.</translation>
    </message>
    <message>
        <source>The box was drawn here: nothing had to be decided.</source>
        <translation>Der Rahmen wurde hier gezeichnet: es war nichts zu entscheiden.</translation>
    </message>
    <message>
        <source>Sure enough of the near place: farther ones are looked at now and then.</source>
        <translation>Der nahen Stelle sicher genug: fernere werden nur hin und wieder angesehen.</translation>
    </message>
    <message>
        <source>The far candidate lies inside the search window.</source>
        <translation>Der ferne Kandidat liegt im Suchfenster.</translation>
    </message>
    <message>
        <source>Attention showed no other place.</source>
        <translation>Die Aufmerksamkeit zeigte keine andere Stelle.</translation>
    </message>
    <message>
        <source>Stayed: a far place must beat the near one by {0:.0f} points and reach {1:.0%}.</source>
        <translation>Geblieben: eine ferne Stelle muss die nahe um {0:.0f} Punkte übertreffen und {1:.0%} erreichen.</translation>
    </message>
    <message>
        <source>The far place is better, but must be so on {1} frames in a row; this is number {0}.</source>
        <translation>Die ferne Stelle ist besser, muss es aber auf {1} Bildern nacheinander sein; dies ist Nummer {0}.</translation>
    </message>
    <message>
        <source>Something was there already while the target was here.</source>
        <translation>Dort war schon etwas, als das Ziel noch hier war.</translation>
    </message>
    <message>
        <source>Two alike have met: taken is the one that goes on as the target did before.</source>
        <translation>Zwei Ähnliche sind sich begegnet: genommen wird, was sich weiter bewegt wie das Ziel zuvor.</translation>
    </message>
    <message>
        <source>Jumped at once: the target was lost or failing, so one frame was enough.</source>
        <translation>Sofort gesprungen: das Ziel war verloren oder unsicher, da genügte ein Bild.</translation>
    </message>
    <message>
        <source>Jumped to the far place: it was better on {0} frames in a row.</source>
        <translation>Zur fernen Stelle gesprungen: sie war auf {0} Bildern nacheinander besser.</translation>
    </message>
</context>
</TS>
