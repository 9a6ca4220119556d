#%Module1.0
# Stands in for a module that is still being built; understood by Environment Modules and by Lmod.
# Lies at ROOT/modules/pending/NAME/VERSION, or NAME/pending where any version will do.
module-whatis "not ready: still being built, or failed to build"

if {[module-info mode load]} {
    set place [file split $ModulesCurrentModulefile]
    set version [lindex $place end]
    set name [lindex $place end-1]
    set root [file join {*}[lrange $place 0 end-4]]
    if {$version eq "pending"} {
        set version -
    }
    set state building
    if {[file readable $root/log/packages.tsv]} {
        set channel [open $root/log/packages.tsv]
        foreach row [split [read $channel] "\n"] {
            set cells [split $row "\t"]
            if {[lindex $cells 0] eq $name && [lindex $cells 1] eq $version} {
                set state [lindex $cells 2]
            }
        }
        close $channel
    }
    set people ""
    if {[file readable $root/log/contact]} {
        set channel [open $root/log/contact]
        set people [string trim [read $channel]]
        close $channel
    }
    if {$people in {"" "-"}} {
        set people "the administrators of this cluster"
    }
    set message "petal: [module-info name] is still being built, see $root/log/spack.log"
    if {$state eq "failed"} {
        set message "petal: [module-info name] could not be built, see $root/log/spack.log and ask $people"
    }
    # break leaves exit code 0 in Lmod where no version was asked for; error shows a trace in the other
    if {[info exists ::env(LMOD_VERSION_MAJOR)]} {
        error $message
    }
    puts stderr $message
    break
}
